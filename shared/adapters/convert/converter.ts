import type { Conversion } from '../../core/domain/conversion.ts';
import { PrintError, type PrintErrorCode } from '../../core/domain/errors.ts';
import type { Converted, Converter } from '../../core/ports/index.ts';
import { allowFetch } from '../../protocol/config.ts';
import { RenderError, type RenderErrorCode } from '../web/render-error.ts';
import { type BrowserPool, openBrowserPool } from './browser/browser.ts';
import type { ConversionRun, ConversionTools } from './conversion-run.ts';
import { convertBarcode } from './kinds/convert-barcode.ts';
import { convertHash } from './kinds/convert-hash.ts';
import { convertImages } from './kinds/convert-images.ts';
import { convertMerge } from './kinds/convert-merge.ts';
import { convertPage } from './kinds/convert-page.ts';
import { convertPdf } from './kinds/convert-pdf.ts';
import { convertInfo, convertPictures, convertText } from './kinds/convert-reading.ts';
import { convertSplit } from './kinds/convert-split.ts';
import { fetchDocument } from './kinds/fetch-document.ts';
import { openPdfWorker, type PdfWorker } from './pdf/pdf-worker.ts';
import { Turns } from './turns.ts';

/**
 * The answer to the converter's port: browsers and PDF threads, started when first needed and kept warm between jobs.
 * Every conversion has a deadline, and ends early when nobody wants it any more.
 */

/** Long enough for thousands of pages; somebody waits for the answer. */
const deadlineMs = 120_000;
const wantedEveryMs = 1000;
/**
 * At work at the same time, of pages, of PDF threads, and of conversions that hold whole documents. The queue gives out
 * more, so that pages which load slowly keep nobody waiting.
 */
const atOnce = 4;

let pool: Promise<BrowserPool> | undefined;
const idle: PdfWorker[] = [];
const threadTurns = new Turns(atOnce);
const documentTurns = new Turns(atOnce);
const underway = new Set<AbortController>();

const tools: ConversionTools = {
  browsers() {
    pool ??= openBrowserPool({ allowFetch: allowFetch(), concurrency: atOnce });
    return pool;
  },
  async withPdfWorker(work) {
    const turn = await threadTurns.take();
    const worker = idle.pop() ?? openPdfWorker();
    try {
      return await work(worker);
    } finally {
      idle.push(worker);
      turn.end();
    }
  },
};

export const converter: Converter = {
  async convert(conversion, context) {
    const ending = new AbortController();
    underway.add(ending);
    const unwanted = new RenderError('canceled', 'The job was canceled.');
    const look = () =>
      context.isWanted().then(
        wanted => wanted || ending.abort(unwanted),
        () => undefined,
      );
    const timer = setInterval(look, wantedEveryMs);
    try {
      const made = inTurn(conversion, { ...context, signal: ending.signal, deadlineMs });
      // what it throws when nobody waits for it any more has no reader
      made.catch(() => {});
      return await Promise.race([made, endOf(ending.signal)]);
    } catch (error) {
      if (ending.signal.reason === unwanted) return undefined;
      throw error instanceof RenderError ? printErrorOf(error) : error;
    } finally {
      clearInterval(timer);
      underway.delete(ending);
    }
  },
};

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** Ends what is under way, the browsers and the idle threads; the next conversion starts new ones. */
export async function closeConverter(): Promise<void> {
  for (const ending of underway) ending.abort(new RenderError('canceled', 'The service ends.'));
  const browsers = pool;
  pool = undefined;
  await Promise.all(idle.splice(0).map(worker => worker.close()));
  await (await browsers)?.close();
}

async function inTurn(conversion: Conversion, run: ConversionRun): Promise<Converted> {
  // the browsers have turns of their own
  if (conversion.kind === 'page') return await carryOut(conversion, run);
  const turn = await documentTurns.take(run.signal);
  try {
    return await carryOut(conversion, run);
  } finally {
    turn.end();
  }
}

/** A browser that ended may have been another job's doing: once more, and then it is this one's. */
async function carryOut(conversion: Conversion, run: ConversionRun): Promise<Converted> {
  try {
    return await convertAs[conversion.kind](conversion as never, run, tools);
  } catch (error) {
    const mayBeOthers = error instanceof RenderError && error.code === 'crashed' && !run.signal.aborted;
    if (!mayBeOthers) throw error;
    return await convertAs[conversion.kind](conversion as never, run, tools);
  }
}

type Convert<Kind> = (
  conversion: Extract<Conversion, { kind: Kind }>,
  run: ConversionRun,
  tools: ConversionTools,
) => Promise<Converted>;

const convertAs: { [Kind in Conversion['kind']]: Convert<Kind> } = {
  page: convertPage,
  pdf: convertPdf,
  fetch: async ({ document }, run) => ({ bytes: await fetchDocument(document, run), warnings: [] }),
  images: convertImages,
  merge: convertMerge,
  split: convertSplit,
  info: convertInfo,
  text: convertText,
  pictures: convertPictures,
  hash: convertHash,
  barcode: convertBarcode,
};

const codes: Record<RenderErrorCode, PrintErrorCode> = {
  'bad-request': 'bad-value',
  'bad-address': 'bad-address',
  'not-reachable': 'document-access-error',
  'access-denied': 'document-access-denied',
  'forbidden-address': 'document-access-error',
  'not-a-page': 'bad-content',
  timeout: 'timeout',
  'too-large': 'too-large',
  'too-many-pages': 'too-many',
  crashed: 'document-format-error',
  // not by its client, that is told by undefined: we are shutting down, and somebody else takes it up
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

const printErrorOf = (error: RenderError) => new PrintError(codes[error.code], error.message, { cause: error });
