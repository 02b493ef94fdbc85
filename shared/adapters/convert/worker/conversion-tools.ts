import { allowFetch } from '../../../protocol/config.ts';
import { type BrowserPool, openBrowserPool } from '../browser/browser.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { openPdfWorker, type PdfWorker } from '../pdf/pdf-worker.ts';

/*
 * The browser and the PDF threads of a worker process, started when first needed and kept warm. How many conversions are
 * at work at the same time is the service's to say.
 */

const pagesAtMost = 16;
/** A thread is not used again when the process has come to hold more than this: it never gives memory back. */
const residentOctets = 512 * 1024 * 1024;

let pool: Promise<BrowserPool> | undefined;
const idle: PdfWorker[] = [];

export const toolsFor = ({ signal }: ConversionRun): ConversionTools => ({
  browsers() {
    pool ??= openBrowserPool({ allowFetch: allowFetch(), concurrency: pagesAtMost });
    return pool;
  },
  async withPdfWorker(work) {
    signal.throwIfAborted();
    const worker = idle.pop() ?? openPdfWorker();
    const end = () => worker.close();
    signal.addEventListener('abort', end, { once: true });
    try {
      return await work(worker);
    } finally {
      signal.removeEventListener('abort', end);
      if (process.memoryUsage.rss() < residentOctets) idle.push(worker);
      else await worker.close();
    }
  },
});

export async function closeTools(): Promise<void> {
  const browsers = await pool?.catch(() => undefined);
  await Promise.all([browsers?.close(), ...idle.splice(0).map(worker => worker.close())]);
}
