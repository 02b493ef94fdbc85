import { Socket } from 'node:net';
import { log } from '../../../telemetry/log.ts';
import { closeTools } from './conversion-tools.ts';
import { readFrames } from './frames.ts';
import { type ToWorker, toWorkerOctets } from './messages.ts';
import { WorkerRun } from './worker-run.ts';

/*
 * The process in which conversions of one company run: see messages.ts. It ends when the service does, or closes the
 * pipe, and when anything here goes wrong that no conversion catches.
 */

const pipe = new Socket({ fd: 3 });
const runs = new Map<number, WorkerRun>();

readFrames(pipe, toWorkerOctets, ({ message, octets }) => {
  const said = message as ToWorker;
  if (said.type !== 'convert') return runs.get(said.run)?.hear(said, octets);
  const run = new WorkerRun(pipe, said);
  runs.set(said.run, run);
  void run.carryOut().finally(() => runs.delete(said.run));
});
pipe.on('error', error => log.warn('worker-pipe-failed', { error }));
pipe.once('close', end);
pipe.once('end', end);
process.on('uncaughtException', error => {
  log.error('worker-failed', { error });
  process.exit(1);
});

async function end(): Promise<void> {
  await closeTools();
  process.exit(0);
}
