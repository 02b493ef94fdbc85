import type { JobTemplate } from '../core/domain/job-template.ts';
import { booleanOf, integerOf, integersOf, make, textsOf, valuesOf } from './attributes.ts';
import { mediumOf, trayOf } from './job-media.ts';
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
type PageRange = NonNullable<JobTemplate['page-ranges']>[number];
type Offer<N extends Name> = (value: NonNullable<JobTemplate[N]>, printer: IppAttribute[]) => IppAttribute | undefined;

const offers: { [N in Name]: Offer<N> } = {
  copies: (value, printer) =>
    isInRange(printer, 'copies-supported', value) ? make.integer('copies', value) : undefined,
  sides: (value, printer) => keywordOf(printer, 'sides', value),
  media: (value, printer) => mediumOf(value, printer),
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
  const mediaCol = template['media-source'] && isSettable(printer, 'media-col') ? trayOf(template, printer) : undefined;
  // media and media-col exclude each other [PWG 5100.7 6.3]
  const { media, 'media-source': _, ...others } = template;
  const rest: JobTemplate = mediaCol ? others : template;
  if (mediaCol) offered.attributes.push(mediaCol);

  for (const name of Object.keys(rest) as Name[]) {
    if (rest[name] === undefined || isDefault(name, rest)) continue;
    const attribute = offer(name, rest, printer);
    if (attribute) offered.attributes.push(attribute);
    else offered.notOffered.push(`${name}=${describe(rest[name])}`);
  }
  return offered;
}

/** What happens anyhow. */
const isDefault = (name: Name, template: JobTemplate) => name === 'copies' && template.copies === 1;

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

function pageRanges(printer: IppAttribute[], ranges: PageRange[]): IppAttribute | undefined {
  const isOffered = booleanOf(printer, 'page-ranges-supported') === true && ranges.length > 0;
  return isOffered
    ? make.range('page-ranges', ...orderedRanges(ranges).map(({ from, to }) => ({ lower: from, upper: to })))
    : undefined;
}

/** In ascending order and without overlaps [RFC 8011 5.2.7]. */
export function orderedRanges(ranges: PageRange[]): PageRange[] {
  const ordered: PageRange[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = ordered.at(-1);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else ordered.push({ from, to });
  }
  return ordered;
}

const describe = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
