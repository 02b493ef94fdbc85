import type { JobTemplate } from '../core/domain/job-template.ts';
import { booleanOf, integerOf, integersOf, make, textsOf, valuesOf } from './attributes.ts';
import type { IppAttribute } from './message.ts';

/**
 * Reduces a job template to what the printer supports. A printer may refuse a whole job for an unknown attribute,
 * whatever `ipp-attribute-fidelity` says, so only supported values are sent; the rest is listed for the job's message.
 */
export interface OfferedTemplate {
  attributes: IppAttribute[];
  /** `copies=3`: requested and not supported */
  notOffered: string[];
}

type Name = keyof JobTemplate;
type Offer<N extends Name> = (value: NonNullable<JobTemplate[N]>, printer: IppAttribute[]) => IppAttribute | undefined;

const offers: { [N in Name]: Offer<N> } = {
  copies: (value, printer) =>
    isInRange(printer, 'copies-supported', value) ? make.integer('copies', value) : undefined,
  sides: (value, printer) => keywordOf(printer, 'sides', value),
  media: (value, printer) => keywordOf(printer, 'media', value),
  'media-source': () => undefined, // goes by media-col, together with media
  'orientation-requested': (value, printer) => enumOf(printer, 'orientation-requested', value),
  'print-color-mode': (value, printer) => keywordOf(printer, 'print-color-mode', value),
  'print-scaling': (value, printer) => keywordOf(printer, 'print-scaling', value),
  'multiple-document-handling': (value, printer) => keywordOf(printer, 'multiple-document-handling', value),
  'print-quality': (value, printer) => enumOf(printer, 'print-quality', value),
  'page-ranges': (value, printer) => pageRanges(printer, value),
  // job-priority-supported is a number of levels; any value from 1 to 100 may be requested [RFC 8011 5.2.1]
  'job-priority': (value, printer) =>
    integerOf(printer, 'job-priority-supported') ? make.integer('job-priority', value) : undefined,
};

export function offeredTemplate(template: JobTemplate, printer: IppAttribute[]): OfferedTemplate {
  const offered: OfferedTemplate = { attributes: [], notOffered: [] };
  const mediaCol = template['media-source'] ? mediaColOf(template, printer) : undefined;
  // media and media-col exclude each other [PWG 5100.7 6.3]
  const { media, 'media-source': _, ...others } = template;
  const rest: JobTemplate = mediaCol ? others : template;
  if (mediaCol) offered.attributes.push(mediaCol);

  for (const name of Object.keys(rest) as Name[]) {
    if (rest[name] === undefined) continue;
    const attribute = offer(name, rest, printer);
    if (attribute) offered.attributes.push(attribute);
    else offered.notOffered.push(`${name}=${describe(rest[name])}`);
  }
  return offered;
}

function offer<N extends Name>(name: N, template: JobTemplate, printer: IppAttribute[]): IppAttribute | undefined {
  const value = template[name];
  return value !== undefined && isSettable(printer, name) ? offers[name](value, printer) : undefined;
}

/** A printer that lists job-creation-attributes-supported accepts no others [PWG 5100.7 6.9.3]. */
function isSettable(printer: IppAttribute[], name: string): boolean {
  const settable = textsOf(printer, 'job-creation-attributes-supported');
  return settable.length === 0 || settable.includes(name);
}

function keywordOf(printer: IppAttribute[], name: string, value: string): IppAttribute | undefined {
  return textsOf(printer, `${name}-supported`).includes(value) ? make.keyword(name, value) : undefined;
}

function enumOf(printer: IppAttribute[], name: string, value: number): IppAttribute | undefined {
  return integersOf(printer, `${name}-supported`).includes(value) ? make.enum(name, value) : undefined;
}

function isInRange(printer: IppAttribute[], name: string, value: number): boolean {
  return valuesOf(printer, name).some(
    range => range.syntax === 'rangeOfInteger' && range.lower <= value && value <= range.upper,
  );
}

function pageRanges(printer: IppAttribute[], ranges: { from: number; to: number }[]): IppAttribute | undefined {
  const isOffered = booleanOf(printer, 'page-ranges-supported') === true && ranges.length > 0;
  return isOffered
    ? make.range('page-ranges', ...ranges.map(({ from, to }) => ({ lower: from, upper: to })))
    : undefined;
}

/** Selects a tray by media-col, with the media size if one is requested [PWG 5100.7 6.3.1]. */
function mediaColOf(template: JobTemplate, printer: IppAttribute[]): IppAttribute | undefined {
  const { media, 'media-source': source = '' } = template;
  const members = textsOf(printer, 'media-col-supported');
  const hasTray = members.includes('media-source') && textsOf(printer, 'media-source-supported').includes(source);
  if (!hasTray || !isSettable(printer, 'media-col')) return undefined;

  const tray = make.keyword('media-source', source);
  if (media === undefined) return make.collection('media-col', [tray]);
  const size = mediaSize(media);
  const hasSize = members.includes('media-size') && textsOf(printer, 'media-supported').includes(media);
  // the right size from any tray is better than a wrong size from the right tray
  if (!size || !hasSize) return undefined;
  const dimensions = [make.integer('x-dimension', size.x), make.integer('y-dimension', size.y)];
  return make.collection('media-col', [make.collection('media-size', dimensions), tray]);
}

/** `iso_a4_210x297mm` to hundredths of millimetres [PWG 5101.1 5]. */
function mediaSize(media: string): { x: number; y: number } | undefined {
  const size = /_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$/.exec(media);
  if (!size) return undefined;
  const hundredths = size[3] === 'in' ? 2540 : 100;
  return { x: Math.round(Number(size[1]) * hundredths), y: Math.round(Number(size[2]) * hundredths) };
}

const describe = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
