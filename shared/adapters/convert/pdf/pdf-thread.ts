import { parentPort } from 'node:worker_threads';
import { RenderError } from '../../web/render-error.ts';
import { pdfOperations } from './pdf.ts';
import type { PdfAnswer, PdfTask } from './pdf-worker.ts';

/** The thread behind `openPdfWorker`: one task, one answer. */
parentPort?.on('message', async ({ name, args }: PdfTask) => {
  const operation = pdfOperations[name] as (...args: unknown[]) => Promise<unknown>;
  let answer: PdfAnswer;
  try {
    answer = { value: await operation(...args) };
  } catch (error) {
    const code = error instanceof RenderError ? error.code : undefined;
    answer = { error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
  parentPort?.postMessage(answer);
});
