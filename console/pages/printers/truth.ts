import type { ClientJob, ClientLocation, ClientPrinter } from '../../../client/index.ts';
import { conditionOf } from '../../../shared/core/domain/printer-conditions.ts';
import type { Connection } from '../../app/connection.ts';
import { reasonWords, sentence, type Tone } from '../../words.ts';

/*
 * What is true about a printer now, in four words: ready, stopped, offline, unknown. It is ready only with evidence: its
 * relay is connected, and its last report said so. A relay asks its printers every half minute and reports each change at
 * once, so that the last report is true while the relay is connected, however old it is. What grows old is this page.
 */

export interface Truth {
  word: 'ready' | 'printing' | 'stopped' | 'offline' | 'unknown';
  tone: Tone;
  /** after the word: why, or how it is known */
  why: string;
  /** since when the relay reports it so */
  since?: string;
  /** of a relay that is not connected */
  lastHeardAt?: string;
  /** of a printer that cannot be asked: the end of the last job that it accepted */
  tookAt?: string;
}

type Place = Pick<ClientLocation, 'online' | 'lastSeen'>;

const oldMilliseconds = 20 * 60_000;

/** Why what this page read last says nothing about now; undefined while it does. */
export function stalenessOf(connection: Connection, now: number): string | undefined {
  if (connection.state === 'reconnecting') return 'Platen does not answer, so nothing is known now.';
  const isOld = connection.state === 'paused' && now - connection.since > oldMilliseconds;
  return isOld ? 'Updates are paused, and this page is more than 20 minutes old.' : undefined;
}

export function truthOf(
  printer: ClientPrinter,
  place: Place | undefined,
  { stale, tookAt }: { stale?: string; tookAt?: string } = {},
): Truth {
  if (stale) return { word: 'unknown', tone: 'quiet', why: stale };
  if (!place?.online) {
    const why = place?.lastSeen ? 'The relay of this place is not connected.' : 'No relay has been here yet.';
    return { word: 'offline', tone: 'attention', why, lastHeardAt: place?.lastSeen };
  }
  const truth = reported(printer);
  return truth.word === 'unknown' ? { ...truth, tookAt } : { ...truth, since: printer.stateSince };
}

function reported(printer: ClientPrinter): Truth {
  const condition = conditionOf(printer.stateReasons);
  if (condition) return { word: 'stopped', tone: 'attention', why: `It ${condition.sentence}.` };
  if (printer.state === 'stopped') {
    const reasons = printer.stateReasons.map(reasonWords).join(', ');
    return { word: 'stopped', tone: 'attention', why: reasons ? `${sentence(reasons)}.` : 'It does not say why.' };
  }
  const other = printer.stateReasons.filter(reason => reason !== 'none').map(reasonWords);
  const also = other.length > 0 ? ` It also reports: ${other.join(', ')}.` : '';
  if (printer.state === 'idle') return { word: 'ready', tone: 'good', why: `Its relay reports it as idle.${also}` };
  if (printer.state === 'processing') {
    return { word: 'printing', tone: 'moving', why: `Its relay reports it at work.${also}` };
  }
  return { word: 'unknown', tone: 'quiet', why: 'It cannot be asked how it is; its relay only sends to it.' };
}

/** Printers whose relay reaches them and cannot ask them, as at port 9100. */
export const isMute = ({ state, stateReasons }: ClientPrinter) => state === 'unknown' && stateReasons.length === 0;

/** When each printer accepted its last job, from jobs with the newest first. What a person closed as printed is no evidence. */
export function lastTaken(jobs: ClientJob[]): Map<string, string> {
  const taken = new Map<string, string>();
  for (const { printer, state, endedAt, history } of jobs) {
    const isEvidence = state === 'completed' && history.at(-1)?.actor === undefined;
    if (printer && endedAt && isEvidence && !taken.has(printer)) taken.set(printer, endedAt);
  }
  return taken;
}

export const placeOf = <P extends { location: string }>(printer: string, places: P[] | undefined) =>
  places?.find(({ location }) => location === printer.split(':')[0]);
