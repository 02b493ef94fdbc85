import type { Conversion } from '../../core/domain/conversion.ts';
import { PrintError, type PrintErrorCode, ProcessesEnded } from '../../core/domain/errors.ts';
import type { CompanyId } from '../../core/domain/ids.ts';
import type { ConversionContext, Converted, Converter } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { FairSemaphore } from '../../protocol/semaphore.ts';
import { log } from '../../telemetry/log.ts';
import { RenderError, type RenderErrorCode } from '../web/render-error.ts';
import { hasSandbox } from './browser/sandbox.ts';
import { workerIdentity } from './worker/spawn-worker.ts';
import { type RunOptions, WorkerEnded } from './worker/worker-handle.ts';
import { WorkerPool } from './worker/worker-pool.ts';

/**
 * Implements the converter port. Worker processes make the documents, one process for each company at a time: a document
 * that breaks its process fails only itself. The permits are shared fairly between companies; no company holds more than
 * half of them. Every conversion has a deadline and ends early when its job is canceled.
 */

/** Long enough for thousands of pages; a person waits for the answer. */
const deadlineMs = 120_000;
const wantedEveryMs = 1000;
/** How often is seen whether a conversion is to give way to those of other companies. */
const reviewMs = 1000;
/** At work at the same time; a conversion that waits for the network lets others go on. The queue gives out more. */
const atOnce = 8;

const turns = new FairSemaphore(atOnce, atOnce / 2);
const pool = new WorkerPool();
const underway = new Set<AbortController>();

export const converter = {
  async convert(conversion: Conversion, context: ConversionContext): Promise<Converted | undefined> {
    const ending = new AbortController();
    underway.add(ending);
    const unwanted = new RenderError('canceled', 'The job was canceled.');
    const look = () =>
      context.isWanted().then(
        wanted => wanted || ending.abort(unwanted),
        error => log.warn('job-not-read', { error }),
      );
    const timer = setInterval(look, wantedEveryMs);
    try {
      const made = inTurn(conversion, context, ending.signal);
      // once the signal has aborted, its later failure has no reader
      made.catch(() => undefined);
      return await Promise.race([made, endOf(ending.signal)]);
    } catch (error) {
      if (ending.signal.reason === unwanted) return undefined;
      throw error instanceof RenderError ? printErrorOf(error) : error;
    } finally {
      clearInterval(timer);
      underway.delete(ending);
    }
  },
} satisfies Converter;

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** Why pages run without the browser's sandbox, as a sentence for the operator; undefined if they have it. */
export function sandboxWarning(): string | undefined {
  if (hasSandbox(workerIdentity())) return undefined;
  const isRoot = process.getuid?.() === 0 && workerIdentity().uid === undefined;
  const reason = isRoot
    ? 'it is not for root, and the unprivileged user cannot read the program'
    : 'unprivileged users have no namespaces here';
  return `The browser runs without its sandbox: ${reason}. See docs/threat-model.md.`;
}

/** Ends what is under way and the workers; the next conversion starts new ones. */
export async function closeConverter(): Promise<void> {
  for (const ending of underway) ending.abort(new RenderError('canceled', 'The service ends.'));
  await pool.close();
}

async function inTurn(conversion: Conversion, context: ConversionContext, signal: AbortSignal): Promise<Converted> {
  const { companyId, read, onStep } = context;
  const turn = await turns.take(signal, companyId);
  const options = { read, onStep, deadlineMs, allowFetch: allowFetch(), signal, turn };
  const startedAt = Date.now();
  const review = setInterval(() => pool.review(companyId, Date.now() - startedAt), reviewMs);
  try {
    const converting = pool.of(companyId).convert(conversion, options);
    pool.review(companyId, 0);
    return await converting;
  } catch (error) {
    if (!(error instanceof WorkerEnded) || signal.aborted) throw error;
    log.error('conversion-worker-ended', { companyId, kind: conversion.kind });
    pool.slowDown(companyId);
    return await alone(companyId, conversion, options);
  } finally {
    clearInterval(review);
    turn.end();
    pool.release(companyId);
  }
}

/** The end of the worker may have been the doing of another document: once more, in a process of its own. */
async function alone(companyId: CompanyId, conversion: Conversion, options: RunOptions): Promise<Converted> {
  try {
    return await pool.alone(companyId, worker => worker.convert(conversion, options));
  } catch (error) {
    if (!(error instanceof WorkerEnded)) throw error;
    throw new RenderError('crashed', 'The document used up the process that was to make it. It is not tried again.');
  }
}

const codes: Record<Exclude<RenderErrorCode, 'crashed' | 'page-crashed'>, PrintErrorCode> = {
  'bad-request': 'bad-value',
  'bad-address': 'bad-address',
  'not-reachable': 'document-access-error',
  'access-denied': 'document-access-denied',
  'forbidden-address': 'document-access-error',
  'not-a-page': 'bad-content',
  timeout: 'timeout',
  'too-large': 'too-large',
  'too-many-pages': 'too-many',
  // the service is stopping, and the job is done after the next start; a job canceled by its client gives undefined
  canceled: 'internal',
  'bad-pdf': 'document-format-error',
  'encrypted-pdf': 'document-password-error',
  'restricted-pdf': 'document-permission-error',
  'bad-page-range': 'bad-page-range',
  'page-out-of-range': 'page-out-of-range',
  'bad-template': 'bad-template',
  'unsupported-format': 'unsupported',
  'bad-image': 'document-format-error',
};

const printErrorOf = (error: RenderError) =>
  error.code === 'crashed' || error.code === 'page-crashed'
    ? new ProcessesEnded(error.message, error)
    : new PrintError(codes[error.code], error.message, { cause: error });
