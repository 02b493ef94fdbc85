import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IppAttribute } from '../shared/ipp/message.ts';
import type { TakenDocument } from './intake.ts';

export const jobStates = {
  pending: 3,
  'pending-held': 4,
  processing: 5,
  'processing-stopped': 6,
  canceled: 7,
  aborted: 8,
  completed: 9,
} as const;

/** A job in the printer double, as a test sees it: the request, and the printed pages. */
export interface PrinterJob extends TakenDocument {
  id: number;
  uuid: string;
  /** counts boots of the printer, from 1; job ids restart with each */
  boot: number;
  name: string;
  state: keyof typeof jobStates;
  reasons: string[];
  message: string;
  /** Job Template attributes of Create-Job */
  attributes: IppAttribute[];
  /** document-format of Send-Document */
  format: string;
  /** what was printed */
  marked: 'nothing' | 'part' | 'all';
  wasProcessed: boolean;
  isForgotten: boolean;
}

export function newJob(id: number, boot: number, name: string, attributes: IppAttribute[]): PrinterJob {
  return {
    id,
    uuid: `urn:uuid:${randomUUID()}`,
    boot,
    name,
    state: 'pending-held',
    reasons: ['job-incoming'],
    message: '',
    attributes,
    format: '',
    octets: 0,
    sha256: '',
    document: Buffer.alloc(0),
    marked: 'nothing',
    wasProcessed: false,
    isForgotten: false,
  };
}

export const isOver = ({ state }: PrinterJob) => jobStates[state] >= jobStates.canceled;

/** `1-7.json` and `1-7.document`: boot and job-id. Written atomically, for readers in other processes. */
export function recordJob(folder: string, job: PrinterJob): void {
  mkdirSync(folder, { recursive: true });
  const { document, attributes: _, ...facts } = job;
  const base = join(folder, `${job.boot}-${job.id}`);
  if (document.length > 0) writeWhole(`${base}.document`, document);
  writeWhole(`${base}.json`, JSON.stringify(facts, null, 2));
}

function writeWhole(path: string, contents: string | Buffer): void {
  writeFileSync(`${path}.part`, contents);
  renameSync(`${path}.part`, path);
}
