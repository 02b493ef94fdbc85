import type { JobState, Standing } from '../shared/core/domain/job.ts';
import { conditionOf } from '../shared/core/domain/printer-conditions.ts';

/*
 * The words of the console. What is said about a job comes from the service (`summary`, `message`, `next`); here are the
 * words around it: the stages of a job's way, IPP keywords for people, and the look of each state.
 */

/** Shape and colour; never without a word. */
export type Tone = 'good' | 'bad' | 'attention' | 'decision' | 'moving' | 'waiting' | 'quiet';

const tones: Record<JobState, Tone> = {
  'pending-held': 'waiting',
  pending: 'waiting',
  processing: 'moving',
  'processing-stopped': 'attention',
  canceled: 'quiet',
  aborted: 'bad',
  completed: 'good',
};

export const toneOfState = (state: string): Tone => (Object.hasOwn(tones, state) ? tones[state as JobState] : 'quiet');

/** The stages of a job's way, in order. */
export const stageNames = ['Taken', 'Prepared', 'Handed to the place', 'At the printer', 'Done'] as const;
export const outputStageNames = ['Taken', 'Prepared', 'Ready'] as const;

/** The stage that a job with this standing is in. */
const stages: Record<Standing, number> = {
  'pending-held/job-incoming': 0,
  'pending-held/job-hold-until-specified': 2,
  'pending/job-queued': 1,
  'processing/job-transforming': 1,
  'pending/job-fetchable': 2,
  'processing/queued-in-device': 3,
  'processing/job-printing': 3,
  'processing-stopped/printer-stopped': 3,
  'processing-stopped/delivery-unconfirmed': 3,
  'completed/job-completed-successfully': 4,
  'canceled/job-canceled-by-user': 4,
  'aborted/aborted-by-system': 4,
};

export function stageOf(state: string, reasons: readonly string[]): number {
  const standing = `${state}/${reasons[0]}`;
  return Object.hasOwn(stages, standing) ? stages[standing as Standing] : 0;
}

/** What each entry of a job's history means. */
const entries: Record<Standing, string> = {
  'pending-held/job-incoming': 'Waiting for the document',
  'pending-held/job-hold-until-specified': 'Held until it is released',
  'pending/job-queued': 'Waiting to be prepared',
  'processing/job-transforming': 'Being prepared for the printer',
  'pending/job-fetchable': 'Ready for the relay to fetch',
  'processing/queued-in-device': 'The relay has the document',
  'processing/job-printing': 'Printing',
  'processing-stopped/printer-stopped': 'The printer has stopped',
  'processing-stopped/delivery-unconfirmed': 'May have printed: nothing confirms it',
  'completed/job-completed-successfully': 'Printed',
  'canceled/job-canceled-by-user': 'Cancelled',
  'aborted/aborted-by-system': 'Ended without being printed',
};

/** Of a job that makes a file instead of printing. */
const outputEntries: Partial<Record<Standing, string>> = {
  'processing/job-transforming': 'The file is being made',
  'completed/job-completed-successfully': 'The file is ready',
  'aborted/aborted-by-system': 'Ended without a file',
};

export function entryWords(state: string, reasons: readonly string[], isPrinted = true): string {
  const standing = `${state}/${reasons[0]}`;
  const ofOutput = isPrinted ? undefined : outputEntries[standing as Standing];
  if (ofOutput) return ofOutput;
  return Object.hasOwn(entries, standing) ? entries[standing as Standing] : state;
}

/** Reasons that say more than the standing does; unknown ones as they came. */
const reasonNames: Record<string, string> = {
  expired: 'not printed in time',
  'document-access-error': 'the document could not be fetched',
  'document-format-error': 'the document could not be read',
  'document-password-error': 'the document needs a password',
  'document-permission-error': 'the document must not be printed',
  'submission-interrupted': 'the document never arrived completely',
  'relay-offline': 'the relay of this place is offline',
  'connecting-to-device': 'connecting to the printer',
};

export function reasonWords(reason: string): string {
  if (Object.hasOwn(reasonNames, reason)) return reasonNames[reason] as string;
  return conditionOf([reason])?.sentence.replace(/ \([^)]*\)$/, '') ?? reason;
}

/** IPP option names and values for people. */
const optionNames: Record<string, string> = {
  copies: 'Copies',
  sides: 'Sides',
  media: 'Paper',
  'media-source': 'Paper tray',
  'print-color-mode': 'Colour',
  'print-scaling': 'Scaling',
  'page-ranges': 'Pages',
  'orientation-requested': 'Orientation',
  'print-quality': 'Quality',
};
export const optionName = (name: string) => optionNames[name] ?? name;

const valueNames: Record<string, string> = {
  'one-sided': 'One side',
  'two-sided-long-edge': 'Both sides, turned on the long edge',
  'two-sided-short-edge': 'Both sides, turned on the short edge',
  auto: 'Automatic',
  color: 'Colour',
  monochrome: 'Black and white',
};

export function valueName(value: string): string {
  if (Object.hasOwn(valueNames, value)) return valueNames[value] as string;
  // iso_a4_210x297mm, na_letter_8.5x11in [PWG 5101.1]
  const [, region, name, size] = /^([a-z]+)_([a-z0-9-]+)_([\d.x]+(?:mm|in))$/.exec(value) ?? [];
  if (!name || !size) return value;
  const title = region === 'iso' ? name.toUpperCase() : name.charAt(0).toUpperCase() + name.slice(1);
  return `${title} (${size.replace('x', ' × ').replace(/(mm|in)$/, ' $1')})`;
}

/** The APIs by which jobs come. */
const dialectNames: Record<string, string> = {
  platen: 'Platen',
  scriptx: 'ScriptX',
  pdfco: 'PDF.co',
  cirrusprint: 'CirrusPrint',
};
export const dialectName = (dialect: string) => dialectNames[dialect] ?? dialect;
export const dialectChoices = [['', 'All'], ...Object.entries(dialectNames)] as const;

const formatNames: Record<string, string> = {
  'application/pdf': 'PDF',
  'application/postscript': 'PostScript',
  'application/vnd.hp-pcl': 'PCL (a printer language)',
  'application/vnd.hp-pclxl': 'PCL XL (a printer language)',
  'application/vnd.hp-pjl': 'PJL (a printer language)',
  'application/vnd.zebra-zpl': 'ZPL (label language)',
  'application/vnd.zebra-epl': 'EPL (label language)',
  'application/vnd.epson.escpos': 'ESC/POS (receipt language)',
  'application/octet-stream': 'raw data',
  'text/plain': 'plain text',
  'image/png': 'PNG image',
  'image/jpeg': 'JPEG image',
};
export const formatName = (format: string) => formatNames[format] ?? format;

/** Conditions of the service begin in lower case, for lists. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const count = (number: number, noun: string, more = `${noun}s`) => `${number} ${number === 1 ? noun : more}`;
