import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { backoff } from '../shared/protocol/backoff.ts';
import type { UpMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import type { RunOptions } from './command-line.ts';
import type { RelayView } from './describe-status.ts';
import { DeviceWatch } from './device-watch.ts';
import type { JournalEntry } from './held-job.ts';
import type { Login } from './ipp-client/authorization.ts';
import { CertificatePins } from './ipp-client/certificate-pins.ts';
import { type Journal, openJournal } from './journal.ts';
import { type MqttLink, openMqttLink } from './link/mqtt-link.ts';
import { reconnectDelay } from './link/reconnect-delay.ts';
import { offerPrinters, scanPrinters } from './offer-printers.ts';
import type { DeviceOptions } from './printers/device-options.ts';
import { openOutputDevice, openUnusableDevice } from './printers/index.ts';
import type { OutputDevice } from './printers/output-device.ts';
import { Relay } from './relay.ts';
import { endUnlessUp, noteGoodVersion } from './release.ts';
import { PlaceLost, renew, renewIfDue } from './renew.ts';
import { type DataFolder, type Identity, keepConfig, readConfig, readIfThere } from './settings.ts';
import { Spool } from './spool.ts';
import { StandbyTimer } from './standby-timer.ts';

/** How long a stopping relay waits for jobs at a printer; the next start recovers the others. */
const stopMilliseconds = 3000;
/** Most jobs are through by then; who waits for one that is not looks at its state every few seconds at best. */
const holdBackMilliseconds = 3000;
const acknowledgeMilliseconds = 1000;
const minute = 60_000;
/** `platen-relay printers add` changes the configuration of a running relay. */
const configMilliseconds = 1000;
/** How often printers are looked for, and how long each time. */
const discoverEveryMilliseconds = 10 * minute;
const scanMilliseconds = 4000;
const renewEveryMilliseconds = 6 * 60 * minute;
/**
 * A broker may refuse a relay, or be out of reach, for reasons that asking the server does not change. Each time that the
 * server is asked it issues a certificate, so it is asked ever more seldom, from once an hour to once a day.
 */
const askAgainDelay = backoff(60 * minute, 24 * 60 * minute);
/** Why the cloud must not rely on the state of an earlier start of this relay. */
const lostBy: Record<Journal<unknown>['origin'], string | undefined> = {
  good: undefined,
  new: 'The relay has lost its journal. The job may have printed.',
  damaged: "The relay's journal was damaged. The job may have printed.",
};
/** A report has been said, and will be with the next acknowledgement; its repeats are for what is lost all the same. */
const repeatBackoffs = { acknowledge: backoff(4000, 5 * minute), report: backoff(20 * minute, 4 * 60 * minute) };

export interface RunningRelay {
  view(): RelayView;
  /** resolves when the relay has lost its place: it prints nothing more, and waits */
  replaced: Promise<void>;
  stop(): Promise<void>;
}

/** An identity in the data folder, and whether it was there before this start. */
export interface Enrolled {
  identity: Identity;
  isNew: boolean;
}

/** Creates and starts the parts of an enrolled relay. */
export async function runRelay(folder: DataFolder, enrolled: Enrolled, options: RunOptions): Promise<RunningRelay> {
  const { identity, isNew } = enrolled;
  const key = await readIfThere(folder.key);
  if (!key) throw new Error(`The key of this relay is missing: ${folder.key}. Restore it, or enrol again.`);
  const { printers, logins } = await keepConfig(folder, options);
  const pins = new CertificatePins(folder.pins);
  const open = (deviceId: string, uri: string, login: Login | undefined) => openDevice(deviceId, uri, { login, pins });
  const devices = Object.entries(printers).map(([deviceId, uri]) => open(deviceId, uri, logins[deviceId]));

  let link: MqttLink | undefined;
  const send = (message: UpMessage) => link?.send(message);
  const journal = await openJournal<JournalEntry>(folder.journal, { onTrouble: error => relay.journalFailed(error) });
  const relay: Relay = new Relay({
    devices,
    journal,
    instance: randomBytes(8).toString('hex'),
    lost: isNew ? undefined : lostBy[journal.origin],
    makeSpool: askForTicket => new Spool(folder.spool, backoff(500, 60_000), askForTicket),
    send,
    deviceChanged: deviceId => watch.lookNow(deviceId),
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
  // the cloud has not kept what this relay said of its printers while it stood by
  const standby = new StandbyTimer(
    () => send({ type: 'fetch' }),
    () => watch.connected(),
  );
  await relay.start();
  watch.start();
  let current = identity;
  const { promise: replaced, resolve: losePlace } = Promise.withResolvers<void>();
  let lostPlace: string | undefined;
  const leave = async ({ message }: PlaceLost) => {
    lostPlace = message;
    log.error('relay-lost-its-place', { ...identityOf(identity), message });
    watch.stop();
    standby.stop();
    await Promise.all([Promise.race([relay.stop(), sleep(stopMilliseconds)]), link?.stop()]);
    losePlace();
  };
  const keepRenewed = async (work: () => Promise<Identity | undefined>) => {
    try {
      current = (await work()) ?? current;
    } catch (error) {
      if (error instanceof PlaceLost) return await leave(error);
      log.error('certificate-not-renewed', { error });
      throw error;
    }
  };
  let answers = 0;
  let askAgainAt = 0;
  /** For another certificate, and where the broker is now. */
  const askServer = () => {
    if (performance.now() < askAgainAt) return;
    askAgainAt = performance.now() + askAgainDelay(answers++);
    // a server that is away is asked at the next failure
    keepRenewed(() => renew(folder, current, Date.now())).catch(() => {
      askAgainAt = 0;
      answers--;
    });
  };
  const renewInTurn = () =>
    void keepRenewed(() => renewIfDue(folder, current, Date.now())).catch(() => {
      // logged, and tried again in turn
    });
  renewInTurn();
  const renewing = setInterval(renewInTurn, renewEveryMilliseconds);
  const isUp = options.comeUpWithin === undefined ? undefined : endUnlessUp(options.comeUpWithin);
  link = openMqttLink({
    identity: () => ({ ...current, mqtt: { ...current.mqtt, host: options.mqttHost ?? current.mqtt.host } }),
    key,
    mqttPort: options.mqttPort,
    reconnectDelay,
    connected: () => {
      answers = 0;
      relay.connected();
      watch.connected();
      isUp?.();
      noteGoodVersion(folder.goodVersion).catch(error => log.warn('good-version-not-kept', { error }));
    },
    disconnected: () => relay.disconnected(),
    receive: message => {
      standby.receive(message);
      relay.receive(message);
    },
    refused: askServer,
    unreachable: askServer,
  });
  const addPrinters = async () => {
    const { printers, logins } = await readConfig(folder);
    for (const [deviceId, uri] of Object.entries(printers)) {
      if (devices.some(device => device.deviceId === deviceId)) continue;
      const device = open(deviceId, uri, logins[deviceId]);
      devices.push(device);
      relay.addDevice(device);
      watch.add(device);
      log.info('printer-added', { device: deviceId });
    }
  };
  const configChanged = () => void addPrinters().catch(error => log.error('configuration-unreadable', { error }));
  watchFile(folder.config, { interval: configMilliseconds, persistent: false }, configChanged);
  const discover = async () => {
    const names = await offerPrinters(folder, await scanPrinters(folder, scanMilliseconds));
    if (names.length > 0) log.info('printers-discovered', { devices: names });
  };
  const discoverInTurn = () => void discover().catch(error => log.warn('discovery-failed', { error }));
  if (options.discover) discoverInTurn();
  const discovering = options.discover ? setInterval(discoverInTurn, discoverEveryMilliseconds) : undefined;
  log.info('relay-started', { ...identityOf(identity), devices: Object.keys(printers) });

  return {
    view: () => ({
      identity: current,
      insteadOf: options.insteadOf,
      connection: { ...(link as MqttLink).state },
      lostPlace,
      isStandby: standby.isStandby,
      devices: devices.map(({ deviceId, uri }) => ({ deviceId, uri, device: watch.deviceOf(deviceId) })),
      troubles: relay.troubles,
      ...relay.jobs(),
    }),
    replaced,
    async stop() {
      clearInterval(discovering);
      clearInterval(renewing);
      unwatchFile(folder.config, configChanged);
      watch.stop();
      standby.stop();
      await Promise.race([relay.stop(), sleep(stopMilliseconds)]);
      await Promise.race([Promise.all([link?.stop(), journal.close()]), sleep(stopMilliseconds / 8)]);
    },
  };
}

const identityOf = ({ relayId, locationId }: Identity) => ({ relayId, locationId });

function openDevice(deviceId: string, uri: string, options: DeviceOptions): OutputDevice {
  try {
    return openOutputDevice(deviceId, uri, options);
  } catch (error) {
    log.error('printer-address-unusable', { device: deviceId, error });
    return openUnusableDevice(deviceId, uri, error as Error);
  }
}
