import type { ClientLocation, ClientPrinter } from '../../../client/index.ts';
import { conditionOf } from '../../../shared/core/domain/printer-conditions.ts';
import { reasonWords, sentence, type Tone } from '../../words.ts';

/*
 * What is true about a printer now, in four words: ready, stopped, offline, unknown. It is ready only with evidence: its
 * relay is connected, and its last report said so.
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
}

type Place = Pick<ClientLocation, 'online' | 'lastSeen'>;

export function truthOf(printer: ClientPrinter, place: Place | undefined, isLive: boolean): Truth {
  if (!isLive) return { word: 'unknown', tone: 'quiet', why: 'Platen does not answer, so nothing is known now.' };
  if (!place?.online) {
    const why = place?.lastSeen ? 'The relay of this place is not connected.' : 'No relay has been here yet.';
    return { word: 'offline', tone: 'attention', why, lastHeardAt: place?.lastSeen };
  }
  const truth = reported(printer);
  return truth.word === 'unknown' ? truth : { ...truth, since: printer.stateSince };
}

/** By the relay's report. It reports each change at once, so that what it said last is true while it is connected. */
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
  return { word: 'unknown', tone: 'quiet', why: 'It cannot be asked. Its relay is connected and will try.' };
}

export const placeOf = <P extends { location: string }>(printer: string, places: P[] | undefined) =>
  places?.find(({ location }) => location === printer.split(':')[0]);
