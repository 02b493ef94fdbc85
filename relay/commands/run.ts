import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '../../shared/telemetry/log.ts';
import type { RunOptions } from '../command-line.ts';
import { describeStatus, notEnrolled } from '../describe-status.ts';
import { enrol } from '../enrol.ts';
import { invitationFromServer } from '../invitation.ts';
import { type Enrolled, type RunningRelay, runRelay } from '../run.ts';
import { type DataFolder, findDataFolder, lockDataFolder, readIdentity } from '../settings.ts';
import { serveStatus } from '../status/status-server.ts';

const enrolmentPollMilliseconds = 1000;

/** `platen-relay run`: prints until a signal comes, or the process that forked us ends. */
export async function run(options: RunOptions): Promise<void> {
  const asked = askedToStop();
  const starting = start(options);
  // a relay that is stopped while it starts has nothing at a printer yet
  const running = await Promise.race([starting, asked]);
  await asked;
  await running?.stop();
  log.info('relay-stopped');
}

async function start(options: RunOptions): Promise<RunningRelay> {
  const folder = await findDataFolder(options.data);
  let running: RunningRelay | undefined;
  const status = () => (running ? describeStatus(running.view(), Date.now()) : notEnrolled);
  const server = options.statusPort > 0 ? await serveStatus(options.statusPort, status) : undefined;
  if (server) log.info('status-page', { url: `http://127.0.0.1:${server.port}/` });
  running = await runRelay(folder, await enrolled(folder, options), options);
  running.replaced.then(() => enrolAgain(folder)).catch(error => log.error('relay-not-enrolled-again', { error }));
  return running;
}

/** The relay that a server runs takes its place back when that is free, and starts anew. Any other one waits. */
async function enrolAgain(folder: DataFolder): Promise<void> {
  const invitation = await invitationFromServer('return');
  if (!invitation) return;
  await enrol(folder, invitation.url, invitation.code, () => undefined);
  process.exit();
}

/** The identity in the folder, which this process has locked then; without one, waits until there is. */
async function enrolled(folder: DataFolder, { enrol: given }: RunOptions): Promise<Enrolled> {
  const known = await readIdentity(folder);
  if (known) {
    lockDataFolder(folder);
    return { identity: known, isNew: false };
  }
  const invitation = given ?? (await invitationFromServer('invite'));
  if (invitation) {
    lockDataFolder(folder);
    const onWait = (error: Error, advice: string) => log.warn('relay-not-enrolled-yet', { error, advice });
    return { identity: await enrol(folder, invitation.url, invitation.code, onWait), isNew: true };
  }
  log.warn('relay-waits-for-enrolment', { advice: notEnrolled.advice[0] });
  for (;;) {
    const identity = await readIdentity(folder);
    if (identity) {
      lockDataFolder(folder);
      return { identity, isNew: true };
    }
    await sleep(enrolmentPollMilliseconds);
  }
}

/** By a signal, or by the end of the process that forked us. */
async function askedToStop(): Promise<void> {
  await new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    process.once('disconnect', () => resolve());
  });
}
