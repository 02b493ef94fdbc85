import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Conversion, folderOf, inlineKey, madeKey, sourcesOf } from '../../../core/domain/conversion.ts';
import { PrintError } from '../../../core/domain/errors.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { ConversionContext, Converted, Converter, DocumentStore, Octets } from '../../../core/ports/index.ts';
import type { RenderFunctions } from '../../../protocol/config.ts';
import { type RenderAnswer, type RenderRequest, readRenderAnswer } from '../../../protocol/render-protocol.ts';
import { functions } from '../../../protocol/service-table.ts';
import { log } from '../../../telemetry/log.ts';
import { awsError } from '../aws-error.ts';
import { type ClientSettings, clientOptions } from '../clients.ts';

/*
 * Has documents made by the function `render`, and once more by `render-large` if it ended without an answer: it may have
 * needed more memory. A document that ends both fails its job: neither Lambda nor the queue tries it again.
 */

/** Of the presigned addresses: longer than two calls of the function. */
const addressSeconds = 15 * 60;
const wantedEveryMs = 1000;
/** More memory does not help a document that used up its time [AWS Lambda, errors of the runtime]. */
const outOfTime = 'Sandbox.Timedout';

/** Waits as long as the function may take. A call is not repeated by the SDK: it may have been carried out. */
export const openLambda = (settings: ClientSettings) =>
  new LambdaClient(
    clientOptions(settings, { requestMilliseconds: (functions.render.timeoutSeconds + 5) * 1000, attempts: 1 }),
  );

/** A company's share of the conversions at one time. */
export interface ConversionTurns {
  /** Resolves to undefined if the company has all that it may have. */
  take(companyId: CompanyId): Promise<ConversionTurn | undefined>;
}

/** It expires when one call of `render` must have ended. */
export interface ConversionTurn {
  /** Before another call. */
  renew(): Promise<void>;
  end(): Promise<void>;
}

type Documents = Pick<DocumentStore, 'presignRead' | 'presignWrite' | 'read' | 'octets'>;

export function makeRemoteConverter(
  client: LambdaClient,
  render: RenderFunctions,
  documents: Documents,
  turns: ConversionTurns,
): Converter {
  return {
    async convert(conversion, context) {
      const turn = await turns.take(context.companyId);
      if (!turn) throw busy('The company has as many conversions under way as it may have.');
      const ending = new AbortController();
      let goesOn = false;
      try {
        const request = await requestFor(documents, conversion, context);
        context.onStep('rendering');
        const unwanted = watch(context, ending);
        const answer = await Promise.race([call(client, render, request, turn, ending.signal), unwanted]);
        goesOn = answer === undefined;
        return answer && (await resultOf(documents, context.key, answer));
      } finally {
        ending.abort();
        if (!goesOn) await turn.end();
      }
    },
  };
}

async function requestFor(
  documents: Documents,
  conversion: Conversion,
  { key, companyId }: ConversionContext,
): Promise<RenderRequest> {
  const readable = (of: string) => documents.presignRead(of, { expiresSeconds: addressSeconds });
  const sources = sourcesOf(conversion).map(source => {
    if (source.kind === 'stored') return readable(source.key);
    return source.kind === 'inline' && key ? readable(inlineKey(folderOf(key))) : null;
  });
  return {
    companyId,
    conversion: key ? await readable(key) : conversion,
    sources: await Promise.all(sources),
    output: key ? await documents.presignWrite(madeKey(folderOf(key)), addressSeconds) : null,
  };
}

/**
 * Resolves to undefined when the document is no longer wanted. The function is not stopped: it has its own deadline, and
 * keeps its turn until then.
 */
async function watch(context: ConversionContext, ending: AbortController): Promise<undefined> {
  while (!ending.signal.aborted) {
    await sleep(wantedEveryMs, undefined, { signal: ending.signal }).catch(() => undefined);
    if (ending.signal.aborted) break;
    const isWanted = await context.isWanted().catch(error => {
      log.warn('job-not-read', { error });
      return true;
    });
    if (!isWanted) return undefined;
  }
  return await new Promise(() => undefined);
}

async function call(
  client: LambdaClient,
  { name, largeName, isPerCompany }: RenderFunctions,
  request: RenderRequest,
  turn: ConversionTurn,
  abortSignal: AbortSignal,
): Promise<RenderAnswer> {
  const invoke = async (FunctionName: string) => {
    const command = new InvokeCommand({
      FunctionName,
      Payload: Buffer.from(JSON.stringify(request)),
      TenantId: isPerCompany ? request.companyId : undefined,
    });
    const { FunctionError, Payload } = await client.send(command, { abortSignal }).catch(cause => {
      if (cause?.name === 'TooManyRequestsException') throw busy('All conversions that may be under way are.');
      throw awsError('Lambda', cause);
    });
    const text = Buffer.from(Payload ?? []).toString();
    const answer = FunctionError ? undefined : readRenderAnswer(parsed(text));
    if (!answer)
      log.warn('render-function-ended', {
        name: FunctionName,
        functionError: FunctionError,
        answer: text.slice(0, 500),
      });
    return { answer, isOutOfTime: FunctionError !== undefined && text.includes(outOfTime) };
  };
  const first = await invoke(name);
  if (first.answer) return first.answer;
  if (first.isOutOfTime) throw usedUp();
  await turn.renew();
  const second = await invoke(largeName);
  if (second.answer) return second.answer;
  throw usedUp();
}

const busy = (why: string) => new PrintError('busy', `${why} Try again in some seconds.`, { retryAfterSeconds: 5 });

const usedUp = () =>
  new PrintError(
    'document-format-error',
    'The document used up the process that was to make it. It is not tried again.',
  );

async function resultOf(
  documents: Documents,
  conversionKey: string | undefined,
  answer: RenderAnswer,
): Promise<Converted<Octets>> {
  if ('code' in answer) throw new PrintError(answer.code, answer.message);
  const { files, content = '', ...facts } = answer;
  const made = conversionKey ? madeKey(folderOf(conversionKey)) : Buffer.from(content, 'base64');
  const stored = typeof made === 'string' ? await documents.octets(made) : made.length;
  const announced = files.reduce((sum, { octets }) => sum + octets, 0);
  if (stored !== announced) {
    throw new PrintError('internal', 'The document that was made is incomplete.', { detail: { stored, announced } });
  }
  let from = 0;
  const ranges = files.map(({ octets, suffix }) => {
    const range = { from, to: from + octets };
    from += octets;
    const isStored = typeof made === 'string';
    return { bytes: isStored ? () => readMade(documents, made, range) : made.subarray(range.from, range.to), suffix };
  });
  const [only] = ranges;
  const isOne = ranges.length === 1 && only?.suffix === undefined;
  return { ...facts, bytes: isOne && only ? only.bytes : ranges.map(({ bytes, suffix = '' }) => ({ bytes, suffix })) };
}

async function readMade(documents: Documents, key: string, range: { from: number; to: number }): Promise<Readable> {
  const stream = await documents.read(key, range);
  if (stream) return stream;
  throw new PrintError('internal', 'The document that was made is missing.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
