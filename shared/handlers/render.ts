import { Readable } from 'node:stream';
import { type Conversion, sourcesOf } from '../core/domain/conversion.ts';
import { PrintError, ProcessesEnded } from '../core/domain/errors.ts';
import type { CompanyId } from '../core/domain/ids.ts';
import type { Converted, LocalConverter } from '../core/ports/index.ts';
import { inlineOctetsAtMost, type RenderAnswer, type RenderRequest } from '../protocol/render-protocol.ts';
import { log } from '../telemetry/log.ts';
import { inContext } from './context.ts';

/**
 * A Lambda handler that makes a document; see render-protocol.ts. Failures of the document are answers. Errors are those
 * of the service, and documents that ended their processes: another function may have the memory for them.
 */
export function renderHandler(converter: LocalConverter) {
  return inContext(
    ({ companyId }: RenderRequest) => ({ companyId }),
    async (request: RenderRequest): Promise<RenderAnswer> => {
      try {
        return await render(converter, request);
      } catch (error) {
        const isAnswer = error instanceof PrintError && error.code !== 'internal' && !(error instanceof ProcessesEnded);
        if (!isAnswer) throw error;
        log.info('document-not-made', { code: error.code, message: error.message });
        return { code: error.code, message: error.message };
      }
    },
  );
}

async function render(converter: LocalConverter, request: RenderRequest): Promise<RenderAnswer> {
  const conversion = await conversionOf(request);
  const sources = sourcesOf(conversion);
  const converted = (await converter.convert(conversion, {
    companyId: request.companyId as CompanyId,
    async read(document) {
      const address = request.sources[sources.indexOf(document)];
      const response = address ? await fetch(address) : undefined;
      if (!response?.body || response.status === 404) return undefined;
      if (!response.ok) throw new PrintError('internal', `A source was answered with status ${response.status}.`);
      return Readable.fromWeb(response.body);
    },
    onStep: () => undefined,
    isWanted: async () => true,
  })) as Converted;
  const { bytes, pageCount, warnings } = converted;
  const files = Array.isArray(bytes) ? bytes : [{ bytes, suffix: undefined }];
  const content = await handOver(request, Buffer.concat(files.map(file => file.bytes)));
  return {
    files: files.map(file => ({ octets: file.bytes.length, suffix: file.suffix })),
    content,
    pageCount,
    warnings,
  };
}

async function conversionOf({ conversion }: RenderRequest): Promise<Conversion> {
  if (typeof conversion !== 'string') return conversion;
  return (await (await stored(conversion)).json()) as Conversion;
}

/** Returns what goes into the answer. */
async function handOver({ output }: RenderRequest, octets: Buffer<ArrayBuffer>): Promise<string | undefined> {
  if (output !== null) {
    await stored(output, { method: 'PUT', body: octets });
    return undefined;
  }
  if (octets.length <= inlineOctetsAtMost) return octets.toString('base64');
  throw new PrintError('too-large', `The document that was made has more than ${inlineOctetsAtMost} octets.`);
}

async function stored(address: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(address, init);
  if (response.ok) return response;
  throw new PrintError('internal', `The document store answered with status ${response.status}.`);
}
