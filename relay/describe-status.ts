import { X509Certificate } from 'node:crypto';
import type { Device } from '../shared/core/domain/printer.ts';
import { conditionOf } from '../shared/core/domain/printer-conditions.ts';
import { version } from '../shared/protocol/version.ts';
import { HeldJob, type JobRecord, type JournalEntry } from './held-job.ts';
import type { LinkState } from './link/mqtt-link.ts';
import type { Relay } from './relay.ts';
import type { Identity } from './settings.ts';
import type { JobStatus, PrinterStatus, RelayStatus } from './status/relay-status.ts';

/** The state of a running relay and its parts. */
export interface RelayView extends ReturnType<Relay['jobs']> {
  identity: Identity;
  /** a newer release that is installed and did not come up */
  insteadOf: string | undefined;
  connection: LinkState;
  /** why the relay prints nothing more */
  lostPlace?: string;
  /** the other relay of its location prints */
  isStandby: boolean;
  devices: { deviceId: string; uri: string; device: Device | undefined }[];
  troubles: string[];
}

/** A cloud that does not answer for this long is worth a look. */
const longMilliseconds = 60_000;
const warnBeforeMilliseconds = 30 * 24 * 60 * 60_000;

export const notEnrolled: RelayStatus = {
  version,
  printers: [],
  jobs: [],
  advice: ['This relay is not enrolled yet. Run: sudo platen-relay enrol URL CODE'],
};

/** The jobs of a journal, those that are held first. */
export function describeJobs(entries: ReadonlyMap<string, JournalEntry>): JobStatus[] {
  const isHeld = (entry: JournalEntry): entry is JobRecord => entry.stage !== 'forgotten';
  const held = [...entries.values()].filter(isHeld).map(record => jobStatus(HeldJob.restore(record)));
  const ended = [...entries].flatMap(([key, entry]) =>
    entry.stage === 'forgotten' && entry.end ? [endedStatus({ key, end: entry.end })] : [],
  );
  return [...held, ...ended.toReversed()];
}

export function describeStatus(view: RelayView, now: number): RelayStatus {
  const { identity, connection, devices, held, ended } = view;
  const certificateEnds = new X509Certificate(identity.certificate).validToDate;
  return {
    version,
    enrolled: {
      relayId: identity.relayId,
      location: identity.locationId,
      role: view.isStandby ? 'standby' : 'active',
      certificateEnds: certificateEnds.toISOString(),
    },
    connection,
    printers: devices.map(each => printerStatus(each, held)),
    jobs: [...held.map(jobStatus), ...ended.map(endedStatus)],
    advice: adviceOn(view, certificateEnds.getTime(), now),
  };
}

function adviceOn(
  { connection, lostPlace, troubles, devices, insteadOf }: RelayView,
  certificateEnds: number,
  now: number,
): string[] {
  const { isConnected, since } = connection;
  const isLong = !isConnected && now - since > longMilliseconds;
  return [
    ...(insteadOf
      ? [`Release ${insteadOf} is installed and did not come up, so the one before it runs. Install a newer one.`]
      : []),
    ...(lostPlace ? [`This relay has lost its place and prints nothing more. ${lostPlace}`] : []),
    ...(isLong && !lostPlace ? ['The server cannot be reached. Run: sudo platen-relay diagnose'] : []),
    ...(troubles.includes('spool-area-full')
      ? ['The disk of this machine is full: nothing is printed until it is not.']
      : []),
    ...(devices.length === 0 ? ['No printer yet. Run: sudo platen-relay printers scan'] : []),
    ...(certificateEnds - now < warnBeforeMilliseconds
      ? [`The certificate of this relay ends on ${new Date(certificateEnds).toDateString()}.`]
      : []),
  ];
}

function printerStatus({ deviceId, uri, device }: RelayView['devices'][number], held: HeldJob[]): PrinterStatus {
  const { attributes = {}, state = 'unknown', stateReasons = [] } = device ?? {};
  const model = attributes['printer-make-and-model'];
  return {
    name: deviceId,
    address: uri,
    ...(model ? { model } : {}),
    state,
    reasons: stateReasons,
    words: device ? wordsOf(device) : 'is being asked',
    waitingJobs: held.filter(({ ticket, stage }) => ticket.deviceId === deviceId && stage !== 'ended').length,
  };
}

function wordsOf({ state, stateReasons }: Device): string {
  const condition = conditionOf(stateReasons);
  if (condition) return condition.sentence;
  if (stateReasons.length > 0) return stateReasons.join(', ');
  return { idle: 'ready', processing: 'printing', stopped: 'stopped', unknown: 'takes data; cannot be asked' }[state];
}

function jobStatus({ ticket, stage, report }: HeldJob): JobStatus {
  const stages = { fetching: 'being fetched', spooled: 'waiting for its turn', granted: 'at its turn', ended: 'ended' };
  return {
    id: ticket.jobId,
    attempt: ticket.attempt,
    printer: ticket.deviceId,
    isEnded: stage === 'ended',
    state: report?.state ?? stages[stage],
    reasons: report?.reasons ?? [],
    ...(report?.message ? { message: report.message } : {}),
    ...(report ? { at: report.at } : {}),
  };
}

function endedStatus({ key, end }: RelayView['ended'][number]): JobStatus {
  const [id = '', attempt = '1'] = key.split('.');
  const { state, reasons, message, at } = end;
  return { id, attempt: Number(attempt), isEnded: true, state, reasons, ...(message ? { message } : {}), at };
}
