import { type ChildProcess, fork } from 'node:child_process';
import { log } from '../shared/telemetry/log.ts';

const firstRestartMilliseconds = 200;
const longestRestartMilliseconds = 10_000;
/** A relay that ran this long had a good start. */
const settledMilliseconds = 30_000;

/**
 * Keeps the location's relay running beside the server, as the program of its own that it is everywhere else. It ends
 * when the server does, however the server ends: the channel between them closes.
 */
export function keepRelay(args: () => Promise<string[]>): { stop(): Promise<void> } {
  let child: ChildProcess | undefined;
  let isStopped = false;
  let wait = firstRestartMilliseconds;
  let timer: NodeJS.Timeout | undefined;

  const start = async () => {
    const startedAt = Date.now();
    const given = await args();
    if (isStopped) return;
    child = fork(new URL('../relay/main.ts', import.meta.url), given, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.once('exit', code => {
      child = undefined;
      if (isStopped) return;
      wait =
        Date.now() - startedAt > settledMilliseconds
          ? firstRestartMilliseconds
          : Math.min(wait * 2, longestRestartMilliseconds);
      log.error('relay-ended', { code, restartMilliseconds: wait });
      timer = setTimeout(restart, wait);
    });
  };
  const restart = () => start().catch(error => log.error('relay-not-started', { error }));
  restart();

  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      const ending = child;
      if (!ending) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      ending.once('exit', () => resolve());
      ending.kill('SIGTERM');
      await promise;
    },
  };
}
