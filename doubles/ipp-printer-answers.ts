import { make, textOf, textsOf } from '../shared/ipp/attributes.ts';
import type { IppAttribute, IppGroup, IppMessage } from '../shared/ipp/message.ts';
import { groupTags, operations } from '../shared/ipp/tags.ts';
import { jobStates, type PrinterJob } from './ipp-printer-job.ts';
import type { Traps } from './ipp-printer-traps.ts';

/** Encodes the responses of the printer double. */
export function answer(request: IppMessage, status: number, groups: IppGroup[] = [], message = ''): IppMessage {
  const operation = [
    make.charset('attributes-charset', 'utf-8'),
    make.language('attributes-natural-language', 'en'),
    ...(message ? [make.text('status-message', message)] : []),
  ];
  return {
    version: request.version,
    code: status,
    requestId: request.requestId,
    groups: [{ tag: groupTags.operation, attributes: operation }, ...groups],
    data: Buffer.alloc(0),
  };
}

export function jobGroup(job: PrinterJob, uri: string, traps: Traps): IppGroup {
  const processing = job.wasProcessed ? make.integer('time-at-processing', 1000) : make.noValue('time-at-processing');
  const identity = traps.losesNames
    ? [make.name('job-name', 'Remote document')]
    : [make.name('job-name', job.name), make.uri('job-uuid', job.uuid)];
  const attributes = [
    make.integer('job-id', job.id),
    make.uri('job-uri', `${uri}/${job.id}`),
    make.enum('job-state', jobStates[job.state]),
    make.keyword('job-state-reasons', ...(job.reasons.length > 0 ? job.reasons : ['none'])),
    make.text('job-state-message', job.message),
    ...identity,
    ...(traps.hidesProcessing ? [] : [processing]),
  ];
  return { tag: groupTags.job, attributes };
}

export interface PrinterStory {
  uri: string;
  uuid: string;
  upSeconds: number;
  state: 3 | 4 | 5;
  reasons: string[];
  isAccepting: boolean;
  formats: string[];
  /** replace attributes of the same name */
  attributes: IppAttribute[];
}

export function printerGroup(story: PrinterStory, requested: string[]): IppGroup {
  const all = requested.length === 0 || requested.includes('all') || requested.includes('printer-description');
  const replaced = new Set(story.attributes.map(({ name }) => name));
  const attributes = [...standardAttributes(story).filter(({ name }) => !replaced.has(name)), ...story.attributes];
  return { tag: groupTags.printer, attributes: attributes.filter(({ name }) => all || requested.includes(name)) };
}

function standardAttributes(story: PrinterStory): IppAttribute[] {
  return [
    make.uri('printer-uri-supported', story.uri),
    make.keyword('uri-security-supported', 'none'),
    make.keyword('uri-authentication-supported', 'none'),
    make.name('printer-name', 'double'),
    make.text('printer-info', 'A printer double'),
    make.text('printer-make-and-model', 'Platen Double 1'),
    make.uri('printer-uuid', story.uuid),
    make.integer('printer-up-time', story.upSeconds),
    make.enum('printer-state', story.state),
    make.keyword('printer-state-reasons', ...(story.reasons.length > 0 ? story.reasons : ['none'])),
    make.boolean('printer-is-accepting-jobs', story.isAccepting),
    make.keyword('ipp-versions-supported', '1.1', '2.0'),
    make.enum('operations-supported', ...Object.values(operations)),
    make.keyword('identify-actions-supported', 'flash', 'sound'),
    make.mediaType('document-format-default', story.formats[0] ?? 'application/octet-stream'),
    make.mediaType('document-format-supported', ...story.formats),
    make.range('copies-supported', { lower: 1, upper: 99 }),
    make.keyword('sides-supported', 'one-sided', 'two-sided-long-edge'),
    make.keyword('media-default', 'iso_a4_210x297mm'),
    make.keyword('media-supported', 'iso_a4_210x297mm', 'na_letter_8.5x11in'),
    make.keyword('media-col-supported', 'media-size', 'media-source', 'media-type'),
    make.keyword('media-source-supported', 'auto', 'tray-1', 'tray-2'),
    make.integer('media-bottom-margin-supported', 0, 423),
    make.boolean('color-supported', true),
    make.boolean('page-ranges-supported', true),
    {
      name: 'printer-resolution-default',
      values: [{ syntax: 'resolution', x: 600, y: 600, units: 3 }],
    },
  ];
}

export const requestedOf = (operation: IppAttribute[]) => textsOf(operation, 'requested-attributes');
export const nameOf = (operation: IppAttribute[]) => textOf(operation, 'job-name') ?? 'Untitled';
