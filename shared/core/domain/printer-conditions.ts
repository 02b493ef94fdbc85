import type { Location, Printer } from './printer.ts';

/*
 * What printer-state-reasons mean for people [RFC 8011 5.4.12, PWG 5100.9]. The suffixes `-report`, `-warning` and
 * `-error` do not decide: printers without paper report `media-empty-warning`. Conditions that do not stop printing, such
 * as `media-low`, have no row.
 */

export interface Condition {
  /** for a list: `needs paper` */
  summary: string;
  /** completes "office:laser ..." */
  sentence: string;
}

export const conditions: Record<string, Condition> = {
  'media-empty': { summary: 'needs paper', sentence: 'is out of paper' },
  'media-needed': { summary: 'needs paper', sentence: 'needs other paper' },
  'media-jam': { summary: 'paper jam', sentence: 'has a paper jam' },
  'toner-empty': { summary: 'needs toner', sentence: 'is out of toner' },
  'marker-supply-empty': { summary: 'needs ink or toner', sentence: 'is out of ink or toner' },
  'marker-waste-full': { summary: 'needs attention', sentence: 'has a full waste container' },
  'cover-open': { summary: 'needs attention', sentence: 'has an open cover' },
  'door-open': { summary: 'needs attention', sentence: 'has an open door' },
  'interlock-open': { summary: 'needs attention', sentence: 'has an open cover' },
  'input-tray-missing': { summary: 'needs attention', sentence: 'lacks its paper tray' },
  'output-tray-missing': { summary: 'needs attention', sentence: 'lacks its output tray' },
  'output-area-full': { summary: 'needs attention', sentence: 'has a full output tray' },
  'spool-area-full': { summary: 'needs attention', sentence: 'has no memory left for jobs' },
  'opc-life-over': { summary: 'needs attention', sentence: 'needs a new drum' },
  'fuser-over-temp': { summary: 'needs attention', sentence: 'is too hot' },
  paused: { summary: 'printer paused', sentence: 'is paused' },
  'moving-to-paused': { summary: 'printer paused', sentence: 'is being paused' },
  'printer-certificate-changed': {
    summary: 'needs attention',
    sentence: 'shows another certificate than before: it was reset, or another machine answers in its place',
  },
  offline: { summary: 'printer off', sentence: 'does not answer: it is switched off, or at another address' },
  shutdown: { summary: 'printer off', sentence: 'is shut down' },
  'timed-out': { summary: 'printer off', sentence: 'does not answer' },
};

/** The first reason that keeps a printer from printing; the sentence ends with the printer's own keyword. */
export function conditionOf(reasons: readonly string[]): Condition | undefined {
  for (const reason of reasons) {
    const keyword = reason.replace(/-(report|warning|error)$/, '');
    const found = Object.hasOwn(conditions, keyword) ? conditions[keyword] : undefined;
    if (found) return { ...found, sentence: `${found.sentence} (${reason})` };
  }
  return undefined;
}

/** A printer as it is known now: of one whose relay is offline nothing is. */
export function asKnown(printer: Printer, location: Location | undefined): Printer {
  const { device } = printer;
  if (!device || location?.online) return printer;
  const awaySince = location?.lastSeenAt ?? printer.awaySince;
  return {
    ...printer,
    awaySince,
    stateSince: awaySince,
    device: { ...device, state: 'unknown', stateReasons: ['relay-offline'] },
  };
}
