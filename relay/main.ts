import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { backoff } from './backoff.ts';
import { DeviceWatch } from './device-watch.ts';
import { enrol } from './enrol.ts';
import type { JournalEntry } from './held-job.ts';
import { invitationFromServer } from './invitation.ts';
import type { Login } from './ipp-client/authorization.ts';
import { type Journal, openJournal } from './journal.ts';
import { type MqttLink, openMqttLink } from './link/mqtt-link.ts';
import { help, type Options, parseOptions } from './options.ts';
import { openOutputDevice, openUnusableDevice } from './printers/index.ts';
import type { OutputDevice } from './printers/output-device.ts';
import { Relay } from './relay.ts';
import { type DataFolder, type Identity, keepConfig, openDataFolder, readIdentity, readIfThere } from './settings.ts';
import { Spool } from './spool.ts';

/** How long a stopping relay waits for jobs at a printer; the next start recovers the others. */
const stopMilliseconds = 3000;
/** Most jobs are through by then; who waits for one that is not looks at its state every few seconds at best. */
const holdBackMilliseconds = 3000;
const acknowledgeMilliseconds = 1000;
const minute = 60_000;
/** Why the cloud must not rely on the state of an earlier start of this relay. */
const lostBy: Record<Journal<unknown>['origin'], string | undefined> = {
  good: undefined,
  new: 'The relay has lost its journal. The job may have printed.',
  damaged: "The relay's journal was damaged. The job may have printed.",
};
/** A report has been said, and will be with the next acknowledgement; its repeats are for what is lost all the same. */
const repeatBackoffs = { acknowledge: backoff(4000, 5 * minute), report: backoff(20 * minute, 4 * 60 * minute) };

const options = optionsOrExit();
const asked = askedToStop();
const starting = start(options).catch(exitWith);
// a relay that is stopped while it starts has nothing at a printer yet
const stop = await Promise.race([starting, asked]);
await asked;
await stop?.();
log.info('relay-stopped');
process.exit(0);

/** Creates and starts the parts; returns a function that stops them. */
async function start({ data, enrol: invitation, ...named }: Options): Promise<() => Promise<void>> {
  const folder = await openDataFolder(data);
  const known = await readIdentity(folder);
  const identity: Identity | undefined =
    known ?? (await enrolWith(folder, invitation ?? (await invitationFromServer())));
  const key = await readIfThere(folder.key);
  if (!identity || !key) throw new Error('This relay has no identity yet: start it once with --enrol URL --code CODE.');
  const { printers, logins } = await keepConfig(folder, named);
  const devices = Object.entries(printers).map(([deviceId, uri]) => openDevice(deviceId, uri, logins[deviceId]));

  let link: MqttLink | undefined;
  const send = (message: UpMessage) => link?.send(message);
  const journal = await openJournal<JournalEntry>(folder.journal, { onTrouble: error => relay.journalFailed(error) });
  const relay: Relay = new Relay({
    devices,
    journal,
    instance: randomBytes(8).toString('hex'),
    lost: known && lostBy[journal.origin],
    makeSpool: askForTicket => new Spool(folder.spool, backoff(500, 60_000), askForTicket),
    send,
    printBackoff: backoff(500, 30_000),
    repeatBackoffs,
    holdBackMilliseconds,
    acknowledgeMilliseconds,
    now: Date.now,
  });
  const watch = new DeviceWatch({
    devices,
    send,
    ready: deviceId => relay.deviceIsReady(deviceId),
    troubles: () => relay.troubles,
  });
  await relay.start();
  watch.start();
  link = openMqttLink({
    identity,
    key,
    reconnectBackoff: backoff(500, 60_000),
    connected: () => {
      relay.connected();
      watch.connected();
    },
    receive: message => relay.receive(message),
  });
  log.info('relay-started', {
    relayId: identity.relayId,
    locationId: identity.locationId,
    devices: Object.keys(printers),
  });

  return async () => {
    watch.stop();
    await Promise.race([relay.stop(), sleep(stopMilliseconds)]);
    await Promise.race([Promise.all([link.stop(), journal.close()]), sleep(stopMilliseconds / 8)]);
  };
}

async function enrolWith(folder: DataFolder, invitation: Options['enrol']): Promise<Identity | undefined> {
  return invitation && (await enrol(folder, invitation.url, invitation.code));
}

function openDevice(deviceId: string, uri: string, login: Login | undefined): OutputDevice {
  try {
    return openOutputDevice(deviceId, uri, { login });
  } catch (error) {
    log.error('printer-address-unusable', { device: deviceId, error });
    return openUnusableDevice(deviceId, uri, error as Error);
  }
}

/** By a signal, or by the end of the process that forked us. */
async function askedToStop(): Promise<void> {
  await new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    process.once('disconnect', () => resolve());
  });
}

function optionsOrExit(): Options {
  try {
    const parsed = parseOptions(process.argv.slice(2));
    if (parsed !== 'help') return parsed;
    process.stdout.write(help);
    process.exit(0);
  } catch (error) {
    exitWith(error);
  }
}

function exitWith(error: unknown): never {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
