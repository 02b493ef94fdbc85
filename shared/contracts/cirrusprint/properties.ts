import { PrintError } from '../../core/domain/errors.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { mediaNamed } from '../../core/domain/media.ts';

/*
 * Job properties [cirrusprint.com/docs/cp30/api-output-devices.htm, DefaultProps] and their IPP equivalents. Known names
 * are checked and translated. Unknown names are stored and returned: some installations define their own.
 */

/** Every job of a request has a copy, and all jobs are written in one transaction [Amazon DynamoDB, 4 MB]. */
const maximumCharacters = 10_000;

type Translate = (value: string) => JobTemplate | undefined;

const known: Record<string, Translate> = {
  color: oneOf({ 1: { 'print-color-mode': 'monochrome' }, 2: { 'print-color-mode': 'color' } }),
  copies: inRange(1, 99, copies => ({ copies })),
  collate: oneOf({
    0: { 'multiple-document-handling': 'separate-documents-uncollated-copies' },
    1: { 'multiple-document-handling': 'separate-documents-collated-copies' },
  }),
  duplex: oneOf({
    1: { sides: 'one-sided' },
    2: { sides: 'two-sided-long-edge' },
    3: { sides: 'two-sided-short-edge' },
  }),
  orientation: oneOf({ 1: { 'orientation-requested': 3 }, 2: { 'orientation-requested': 4 } }),
  priority: inRange(1, 99, priority => ({ 'job-priority': priority })),
  scale: oneOf({
    0: { 'print-scaling': 'fit' },
    1: { 'print-scaling': 'auto-fit' },
    2: { 'print-scaling': 'none' },
  }),
  tray: ofName(tray => ({ 'media-source': tray })),
  size: ofName(size => ({ media: mediaNamed(size) })),
  custsize: ofName(size => ({ media: mediaNamed(size) })),
  // only for Windows drivers: IPP has no equivalent
  bmp: oneOf({ 300: {}, 600: {} }),
};

/** Parses `name=value` lines, separated by line feeds or semicolons. */
export function parseProperties(text: string): Record<string, string> {
  if (text.length > maximumCharacters) {
    throw new PrintError('too-many', `Properties may have at most ${maximumCharacters} characters together.`);
  }
  const lines = text
    .split(/[\n;]/)
    .map(line => line.trim())
    .filter(line => line !== '');
  return Object.fromEntries(lines.map(parseProperty));
}

function parseProperty(line: string): [string, string] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
  const isGood = name.trim() !== '' && !/[\x00-\x1f\x7f]/.test(line);
  if (isGood) return [name.trim(), value.trim()];
  throw new PrintError('bad-value', `The property ${JSON.stringify(line.slice(0, 80))} is not of the form name=value.`);
}

/** Translates properties to IPP attributes. Throws `bad-value` for a known name with a value out of range. */
export function toTemplate(properties: Record<string, string>): JobTemplate {
  const names = Object.keys(properties);
  // custsize overrides size, in any order
  names.sort((a, b) => Number(a.toLowerCase() === 'custsize') - Number(b.toLowerCase() === 'custsize'));
  return Object.assign({}, ...names.map(name => translate(name, properties[name] as string)));
}

function translate(name: string, value: string): JobTemplate {
  const key = name.toLowerCase();
  if (value === '' || !Object.hasOwn(known, key)) return {};
  const attributes = known[key]?.(value);
  if (attributes) return attributes;
  throw new PrintError('bad-value', `The property ${name} cannot be ${JSON.stringify(value.slice(0, 80))}.`);
}

function oneOf(values: Record<number, JobTemplate>): Translate {
  return value => (/^\d+$/.test(value) && Object.hasOwn(values, Number(value)) ? values[Number(value)] : undefined);
}

/** The maximum length of a name [RFC 8011 5.1.3]. */
function ofName(make: (value: string) => JobTemplate): Translate {
  return value => (value.length <= 255 ? make(value) : undefined);
}

function inRange(from: number, to: number, make: (value: number) => JobTemplate): Translate {
  return value =>
    /^\d{1,9}$/.test(value) && Number(value) >= from && Number(value) <= to ? make(Number(value)) : undefined;
}
