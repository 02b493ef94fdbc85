import { encodeDateTime } from './date-time.ts';
import { type IppAttribute, IppFormatError, type IppMessage, type IppValue } from './message.ts';
import { endOfAttributes, lastDelimiter, outOfBandTags, stringTags, valueTags } from './tags.ts';

/** lengths are SIGNED-SHORT [RFC 8010 3.2] */
const maxLength = 0x7fff;
const noOctets = Buffer.alloc(0);

/** Encodes a message [RFC 8010 3.1]. Throws `IppFormatError` if a value does not fit the encoding. */
export function encodeMessage(message: IppMessage): Buffer {
  const head = Buffer.alloc(8);
  head[0] = message.version.major;
  head[1] = message.version.minor;
  head.writeUInt16BE(message.code, 2);
  head.writeInt32BE(message.requestId, 4);
  const groups = message.groups.flatMap(group => {
    if (group.tag > lastDelimiter || group.tag === endOfAttributes)
      throw new IppFormatError(`${group.tag} is not a group tag`);
    return [Buffer.of(group.tag), ...group.attributes.flatMap(encodeAttribute)];
  });
  return Buffer.concat([head, ...groups, Buffer.of(endOfAttributes), message.data]);
}

function encodeAttribute({ name, values }: IppAttribute): Buffer[] {
  if (name === '' || values.length === 0) throw new IppFormatError('an attribute must have a name and a value');
  // further values of a set carry no name [RFC 8010 3.1.5]
  return values.flatMap((value, index) => encodeValue(index === 0 ? name : '', value));
}

function encodeValue(name: string, value: IppValue): Buffer[] {
  if (value.syntax !== 'collection') return field(tagOf(value), name, octetsOf(value));
  return [
    ...field(valueTags.begCollection, name, noOctets),
    ...value.members.flatMap(encodeMember),
    ...field(valueTags.endCollection, '', noOctets),
  ];
}

/** The name of a member is a value of its own; its values have no names [RFC 8010 3.1.7]. */
function encodeMember({ name, values }: IppAttribute): Buffer[] {
  if (values.length === 0) throw new IppFormatError('a member of a collection must have a value');
  const named = field(valueTags.memberAttrName, '', Buffer.from(name));
  return [...named, ...values.flatMap(value => encodeValue('', value))];
}

const field = (tag: number, name: string, octets: Buffer) => [
  Buffer.of(tag),
  counted(Buffer.from(name)),
  counted(octets),
];

function counted(octets: Buffer): Buffer {
  if (octets.length > maxLength) throw new IppFormatError(`${octets.length} octets do not fit into a value`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(octets.length);
  return Buffer.concat([length, octets]);
}

type Simple = Exclude<IppValue, { syntax: 'collection' }>;

function tagOf(value: Simple): number {
  if (value.syntax === 'other') return value.tag;
  const tags = { ...valueTags, ...stringTags, ...outOfBandTags };
  return tags[value.syntax];
}

function octetsOf(value: Simple): Buffer {
  switch (value.syntax) {
    case 'integer':
    case 'enum':
      return integers(value.value);
    case 'boolean':
      return Buffer.of(value.value ? 1 : 0);
    case 'rangeOfInteger':
      return integers(value.lower, value.upper);
    case 'resolution':
      return Buffer.concat([integers(value.x, value.y), Buffer.of(value.units)]);
    case 'dateTime':
      return encodeDateTime(value);
    case 'textWithLanguage':
    case 'nameWithLanguage':
      return Buffer.concat([counted(Buffer.from(value.language)), counted(Buffer.from(value.value))]);
    case 'octetString':
      return value.value;
    case 'other':
      return value.octets;
    default:
      return 'value' in value ? Buffer.from(value.value) : noOctets;
  }
}

function integers(...values: number[]): Buffer {
  const octets = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) {
    if (!Number.isInteger(value) || value !== (value | 0)) throw new IppFormatError(`${value} is not a 32-bit integer`);
    octets.writeInt32BE(value, 4 * index);
  }
  return octets;
}
