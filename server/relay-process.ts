import { type ChildProcess, fork } from 'node:child_process';
import type { InvitationRequest } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';

const firstRestartMilliseconds = 200;
const longestRestartMilliseconds = 10_000;
/** A relay that ran this long had a good start. */
const settledMilliseconds = 30_000;

/** Where a relay that has no identity yet gets one, and the one-time code for it. */
export interface Invitation {
  url: string;
  code: string;
}

export interface KeptRelay {
  /** how it ended last */
  trouble(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Keeps the location's relay running beside the server, as the program of its own that it is everywhere else. It ends
 * when the server does, however the server ends: the channel between them closes.
 */
export function keepRelay(
  args: string[],
  invite: (request: InvitationRequest) => Promise<Invitation | undefined>,
): KeptRelay {
  let child: ChildProcess | undefined;
  let isStopped = false;
  let wait = firstRestartMilliseconds;
  let timer: NodeJS.Timeout | undefined;
  let trouble: string | undefined;

  const start = () => {
    const startedAt = Date.now();
    const started = fork(new URL('../relay/main.ts', import.meta.url), args, {
      // the debugger's port is the server's
      execArgv: process.execArgv.filter(argument => !argument.startsWith('--inspect')),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = started;
    started.on('message', request => {
      invite(request as InvitationRequest).then(
        invitation => invitation && started.connected && started.send(invitation),
        error => log.error('relay-not-invited', { error }),
      );
    });
    started.once('exit', code => {
      child = undefined;
      if (isStopped) return;
      wait =
        Date.now() - startedAt > settledMilliseconds
          ? firstRestartMilliseconds
          : Math.min(wait * 2, longestRestartMilliseconds);
      trouble = `It ended with exit code ${code} and is started again every ${longestRestartMilliseconds / 1000} seconds; the log says why.`;
      log.error('relay-ended', { code, restartMilliseconds: wait });
      timer = setTimeout(start, wait);
    });
  };
  start();

  return {
    trouble: () => trouble,
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
