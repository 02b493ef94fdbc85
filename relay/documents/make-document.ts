import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { log } from '../../shared/telemetry/log.ts';
import type { Making, MakingAnswer, MakingRequest } from './making.ts';

/*
 * Documents are untrusted: a separate process reads each, with limits of memory and time and without the relay's
 * environment. One at a time, since each may need the memory of a large page. After a raster the next process is started
 * in advance, since a start takes longer than to draw a page: printers that need rasters often need more of them.
 */

const timeMilliseconds = 10 * 60_000;
const heapMegabytes = 512;
/** A spare process holds some 60 MB. */
const spareMilliseconds = 10 * 60_000;
const program = new URL(
  import.meta.url.endsWith('.ts') ? './document-worker.ts' : './document-worker.mjs',
  import.meta.url,
);

let last: Promise<unknown> = Promise.resolve();
let spare: ChildProcess | undefined;

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
  const timeout = AbortSignal.timeout(timeMilliseconds);
  try {
    const answer = await answerOf(takeSpare() ?? start(), request, AbortSignal.any([signal, timeout]));
    if (answer && 'made' in answer) return answer.made;
    if (timeout.aborted)
      throw new Error(`the document cannot be prepared for the printer within ${timeMilliseconds / 60_000} minutes`);
    throw new Error(answer?.message ?? 'the document cannot be prepared for the printer: it needs too much memory');
  } catch (error) {
    await rm(request.to, { force: true });
    throw error;
  } finally {
    if (request.making.raster) startSpare();
  }
}

/** Undefined when the process ends without an answer. Whatever comes of it, the process is used up. */
async function answerOf(worker: ChildProcess, request: MakingRequest, over: AbortSignal) {
  const stop = () => worker.kill('SIGKILL');
  over.addEventListener('abort', stop);
  const answered = once(worker, 'message');
  const ended = once(worker, 'exit').then(() => []);
  try {
    // one that cannot be sent to has ended
    worker.send(request, () => undefined);
    const [answer] = await Promise.race([answered, ended]);
    return answer as MakingAnswer | undefined;
  } finally {
    over.removeEventListener('abort', stop);
    stop();
  }
}

function start(...args: string[]): ChildProcess {
  return fork(program, args, {
    env: {},
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** It ends with the relay, as every one does, and keeps nothing waiting. */
function startSpare(): void {
  try {
    const worker = start('warm');
    spare = worker.on('error', notStarted);
    worker.unref();
    worker.channel?.unref();
    setTimeout(() => {
      if (spare === worker) takeSpare()?.kill();
    }, spareMilliseconds).unref();
  } catch (error) {
    notStarted(error);
  }
}

/** The next document starts its own. */
const notStarted = (error: unknown) => log.warn('document-process-not-started', { error });

function takeSpare(): ChildProcess | undefined {
  const hasEnded = !spare?.connected || spare.exitCode !== null || spare.signalCode !== null;
  const ready = hasEnded ? undefined : spare;
  spare = undefined;
  ready?.ref();
  ready?.channel?.ref();
  return ready;
}
