import { Worker } from 'node:worker_threads';
import { log } from '../../../telemetry/log.ts';
import { RenderError, type RenderErrorCode } from '../../web/render-error.ts';
import type { PdfOperations } from './pdf.ts';

/**
 * Runs PDF work in a separate thread: a damaged PDF can put a parser into an endless loop or fill its memory, and must not
 * stop the server or the next job. The thread starts at first use, works in order, and is replaced after it was
 * terminated.
 */
export interface PdfWorker {
  /** @throws RenderError as the operation does; `timeout`, and `bad-pdf` for a PDF that takes all memory */
  run<Name extends keyof PdfOperations>(
    name: Name,
    args: Parameters<PdfOperations[Name]>,
    deadlineMs: number,
  ): ReturnType<PdfOperations[Name]>;
  close(): Promise<void>;
}

export interface PdfTask {
  name: keyof PdfOperations;
  args: unknown[];
}

export type PdfAnswer = { value: unknown } | { error: { code: RenderErrorCode | undefined; message: string } };

/** Mebibytes of JavaScript objects; the octets of documents come on top. */
const maxHeapMebibytes = 1024;
/** V8 sets aside 512 for each thread, all of which count in the limit of the process [setrlimit(2), RLIMIT_DATA]. */
const codeMebibytes = 64;

/** Beside this file, also when both are bundles. */
const threadFile = import.meta.url.endsWith('.ts') ? './pdf-thread.ts' : './pdf-thread.mjs';

export function openPdfWorker(): PdfWorker {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function start(): Worker {
    const started = new Worker(new URL(threadFile, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMebibytes, codeRangeSizeMb: codeMebibytes },
    });
    started.unref();
    // one that runs out of memory while it is ended says so after its task has been answered
    started.on('error', error => log.error('pdf-thread-ended', { error }));
    return started;
  }

  async function runNow(task: PdfTask, deadlineMs: number): Promise<unknown> {
    worker ??= start();
    const thread = worker;
    const answer = Promise.withResolvers<PdfAnswer>();
    const end = (error: RenderError) => {
      worker = undefined;
      answer.reject(error);
      void thread.terminate();
    };
    const late = () => end(new RenderError('timeout', 'The document could not be processed in time.'));
    const timer = setTimeout(late, deadlineMs);
    const onMessage = (message: PdfAnswer) => answer.resolve(message);
    const onError = (cause: Error) => end(new RenderError('bad-pdf', 'The document cannot be processed.', { cause }));
    const onExit = () => answer.reject(new RenderError('canceled', 'The processing of the document was canceled.'));
    thread.once('message', onMessage).once('error', onError).once('exit', onExit);
    thread.postMessage(task);
    try {
      const reply = await answer.promise;
      if ('value' in reply) return reply.value;
      const { code, message } = reply.error;
      throw new RenderError(code ?? 'bad-pdf', code ? message : 'The document is damaged.', { cause: message });
    } finally {
      clearTimeout(timer);
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
    }
  }

  return {
    run(name, args, deadlineMs) {
      const turn = last.then(() => runNow({ name, args }, deadlineMs));
      last = turn.catch(() => {});
      return turn as ReturnType<PdfOperations[typeof name]>;
    },
    async close() {
      const ending = worker;
      worker = undefined;
      await ending?.terminate();
    },
  };
}
