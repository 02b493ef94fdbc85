import { decodeDateTime } from './date-time.ts';
import { type IppAttribute, IppFormatError, type IppGroup, type IppMessage, type IppValue } from './message.ts';
import { endOfAttributes, lastDelimiter, outOfBandTags, stringTags, valueTags } from './tags.ts';

/**
 * Messages from a printer are untrusted. Lengths are checked before octets are read. Nesting depth and the number of
 * groups and values are limited, since both can be large in a small message. A value with a valid frame and invalid
 * content is kept as `other`, so one odd attribute does not make a printer unusable.
 */
const maxDepth = 16;
/** groups and values in one message; a complete media-col-database has about ten thousand */
const maxParts = 65_536;

const outOfBandSyntax = reverse(outOfBandTags);
const stringSyntax = reverse(stringTags);

export interface DecodeOptions {
  /** skips parts of collections outside of one, and values and attributes that belong to nothing, as printers send them */
  isTolerant?: boolean;
}

/** Decodes a message [RFC 8010 3.1]. Throws only `IppFormatError`. */
export function decodeMessage(octets: Buffer, { isTolerant = false }: DecodeOptions = {}): IppMessage {
  const reader = new Reader(octets, isTolerant);
  const version = { major: reader.octet(), minor: reader.octet() };
  const code = reader.short();
  const requestId = reader.take(4).readInt32BE();
  const groups: IppGroup[] = [];
  for (let tag = reader.octet(); tag !== endOfAttributes; tag = reader.octet()) {
    reader.count();
    if (tag > lastDelimiter) {
      if (!isTolerant) throw new IppFormatError('an attribute is outside of a group');
      skipAttribute(reader, tag);
      continue;
    }
    groups.push({ tag, attributes: readAttributes(reader) });
  }
  return { version, code, requestId, groups, data: reader.rest() };
}

function readAttributes(reader: Reader): IppAttribute[] {
  const attributes: IppAttribute[] = [];
  while (reader.peek() > lastDelimiter) {
    const tag = reader.octet();
    if (reader.isTolerant && isPartOfCollection(tag)) {
      skipAttribute(reader, tag);
      skipFurtherValues(reader);
      continue;
    }
    const name = reader.counted().toString();
    const value = readValue(reader, tag, 0);
    if (name !== '') attributes.push({ name, values: [value] });
    else if (attributes.length > 0 || !reader.isTolerant) valuesBefore(attributes).push(value);
  }
  return attributes;
}

const isPartOfCollection = (tag: number) => tag === valueTags.endCollection || tag === valueTags.memberAttrName;

function skipAttribute(reader: Reader, tag: number): void {
  reader.counted();
  if (isPartOfCollection(tag)) reader.counted();
  else readValue(reader, tag, 0);
}

/** What follows a part of a collection outside of one, up to the next attribute with a name. */
function skipFurtherValues(reader: Reader): void {
  while (reader.peek() > lastDelimiter && !reader.isNamed()) {
    reader.count();
    skipAttribute(reader, reader.octet());
  }
}

/** A value without a name is a further value of the preceding attribute [RFC 8010 3.1.5]. */
function valuesBefore(attributes: IppAttribute[]): IppValue[] {
  const before = attributes.at(-1);
  if (!before) throw new IppFormatError('the first value of an attribute has no name');
  return before.values;
}

function readValue(reader: Reader, tag: number, depth: number): IppValue {
  reader.count();
  const octets = reader.counted();
  if (tag === valueTags.begCollection) return { syntax: 'collection', members: readMembers(reader, depth + 1) };
  if (isPartOfCollection(tag)) throw new IppFormatError('a member of a collection is outside of a collection');
  return simpleValue(tag, octets) ?? { syntax: 'other', tag, octets };
}

function readMembers(reader: Reader, depth: number): IppAttribute[] {
  if (depth > maxDepth) throw new IppFormatError(`collections are nested deeper than ${maxDepth}`);
  const members: IppAttribute[] = [];
  for (;;) {
    const tag = reader.octet();
    reader.counted(); // names are empty in a collection
    if (tag === valueTags.endCollection) {
      reader.counted();
      return members.filter(member => member.values.length > 0);
    }
    if (tag === valueTags.memberAttrName) {
      reader.count();
      members.push({ name: reader.counted().toString(), values: [] });
    } else {
      const value = readValue(reader, tag, depth);
      if (members.length > 0 || !reader.isTolerant) valuesBefore(members).push(value);
    }
  }
}

/** Undefined for an unknown tag, or for octets that do not match their tag. */
function simpleValue(tag: number, octets: Buffer): IppValue | undefined {
  const string = stringSyntax.get(tag);
  if (string) return { syntax: string, value: octets.toString() };
  const outOfBand = outOfBandSyntax.get(tag);
  if (outOfBand) return octets.length === 0 ? { syntax: outOfBand } : undefined;
  return fixedReaders.get(tag)?.(octets);
}

const fixedReaders = new Map<number, (octets: Buffer) => IppValue | undefined>([
  [valueTags.integer, o => (o.length === 4 ? { syntax: 'integer', value: o.readInt32BE() } : undefined)],
  [valueTags.enum, o => (o.length === 4 ? { syntax: 'enum', value: o.readInt32BE() } : undefined)],
  [valueTags.boolean, o => (o.length === 1 ? { syntax: 'boolean', value: o[0] !== 0 } : undefined)],
  [valueTags.octetString, o => ({ syntax: 'octetString', value: o })],
  [valueTags.rangeOfInteger, o => (o.length === 8 ? readRange(o) : undefined)],
  [valueTags.resolution, o => (o.length === 9 ? readResolution(o) : undefined)],
  [valueTags.dateTime, readDateTime],
  [valueTags.textWithLanguage, o => readWithLanguage('textWithLanguage', o)],
  [valueTags.nameWithLanguage, o => readWithLanguage('nameWithLanguage', o)],
]);

function readRange(octets: Buffer): IppValue {
  return { syntax: 'rangeOfInteger', lower: octets.readInt32BE(), upper: octets.readInt32BE(4) };
}

function readResolution(octets: Buffer): IppValue {
  return { syntax: 'resolution', x: octets.readInt32BE(), y: octets.readInt32BE(4), units: octets.readUInt8(8) };
}

function readDateTime(octets: Buffer): IppValue | undefined {
  const dateTime = decodeDateTime(octets);
  return dateTime && { syntax: 'dateTime', ...dateTime };
}

/** Two length-prefixed strings within one value [RFC 8010 3.9]. */
function readWithLanguage(syntax: 'textWithLanguage' | 'nameWithLanguage', octets: Buffer): IppValue | undefined {
  const languageEnd = octets.length < 2 ? Number.POSITIVE_INFINITY : 2 + octets.readUInt16BE();
  if (languageEnd + 2 > octets.length) return undefined;
  const textStart = languageEnd + 2;
  if (textStart + octets.readUInt16BE(languageEnd) !== octets.length) return undefined;
  return { syntax, language: octets.toString('utf8', 2, languageEnd), value: octets.toString('utf8', textStart) };
}

const breaksOff = () => new IppFormatError('the message is truncated', { truncated: true });

class Reader {
  readonly #octets: Buffer;
  #offset = 0;
  #parts = 0;

  readonly isTolerant: boolean;

  constructor(octets: Buffer, isTolerant: boolean) {
    this.#octets = octets;
    this.isTolerant = isTolerant;
  }

  /** Whether the attribute that begins here has a name of its own. */
  isNamed(): boolean {
    const at = this.#offset + 1;
    return at + 2 <= this.#octets.length && this.#octets.readUInt16BE(at) > 0;
  }

  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#octets.length) throw breaksOff();
    const taken = this.#octets.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  peek(): number {
    const next = this.#octets[this.#offset];
    if (next === undefined) throw breaksOff();
    return next;
  }

  octet(): number {
    const next = this.peek();
    this.#offset += 1;
    return next;
  }

  short(): number {
    return this.take(2).readUInt16BE();
  }

  /** A length-prefixed name or value; the length is a SIGNED-SHORT and must not be negative [RFC 8010 3.2]. */
  counted(): Buffer {
    const length = this.short();
    if (length > 0x7fff) throw new IppFormatError('a length is negative');
    return this.take(length);
  }

  count(): void {
    this.#parts += 1;
    if (this.#parts > maxParts) throw new IppFormatError(`the message has more than ${maxParts} parts`);
  }

  rest(): Buffer {
    return this.#octets.subarray(this.#offset);
  }
}

function reverse<Name extends string>(tags: Record<Name, number>): Map<number, Name> {
  return new Map(Object.entries<number>(tags).map(([name, tag]) => [tag, name as Name]));
}
