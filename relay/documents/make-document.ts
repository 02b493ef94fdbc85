import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Making, MakingAnswer, MakingRequest } from './making.ts';

/*
 * Documents are untrusted: a separate process reads each, with limits of memory and time and without the relay's
 * environment. One at a time, since each may need the memory of a large page.
 */

const timeMilliseconds = 10 * 60_000;
const heapMegabytes = 512;
const program = new URL(
  import.meta.url.endsWith('.ts') ? './document-worker.ts' : './document-worker.mjs',
  import.meta.url,
);

let last: Promise<unknown> = Promise.resolve();

/**
 * Makes a document beside the one at `from`, or several where each holds one page, and answers their paths. Throws with a
 * message for people.
 */
export async function makeDocument(making: Making, from: string, signal: AbortSignal): Promise<string[]> {
  const turn = last.then(() => make({ making, from, to: `${from}.print` }, signal));
  last = turn.catch(() => undefined);
  return await turn;
}

async function make(request: MakingRequest, signal: AbortSignal): Promise<string[]> {
  signal.throwIfAborted();
  const worker = fork(program, {
    env: {},
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const timeout = AbortSignal.timeout(timeMilliseconds);
  const over = AbortSignal.any([signal, timeout]);
  const stop = () => worker.kill('SIGKILL');
  over.addEventListener('abort', stop);
  try {
    let answer: MakingAnswer | undefined;
    worker.on('message', message => {
      answer = message as MakingAnswer;
    });
    worker.send(request);
    await once(worker, 'exit');
    if (answer && 'made' in answer) return answer.made;
    if (timeout.aborted)
      throw new Error(`the document cannot be prepared for the printer within ${timeMilliseconds / 60_000} minutes`);
    throw new Error(answer?.message ?? 'the document cannot be prepared for the printer: it needs too much memory');
  } catch (error) {
    await rm(request.to, { force: true });
    throw error;
  } finally {
    over.removeEventListener('abort', stop);
    stop();
  }
}
