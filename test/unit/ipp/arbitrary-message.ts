import fc from 'fast-check';
import type { IppAttribute, IppMessage, IppValue } from '../../../shared/ipp/message.ts';
import { outOfBandTags, stringTags } from '../../../shared/ipp/tags.ts';

/** Every message that the wire has room for, within reason. */
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const octets = fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array));
const keys = <Name extends string>(table: Record<Name, number>) => fc.constantFrom(...(Object.keys(table) as Name[]));
/** tags that have no meaning to us */
const strangeTag = fc.constantFrom(0x14, 0x20, 0x2a, 0x38, 0x40, 0x43, 0x4b, 0x5f, 0x7f, 0xff);
const tenths = fc.integer({ min: Date.UTC(1900, 0, 2) / 100, max: Date.UTC(2200, 0, 1) / 100 });

const simpleValue: fc.Arbitrary<IppValue> = fc.oneof(
  fc.record({ syntax: fc.constantFrom('integer' as const, 'enum' as const), value: int32 }),
  fc.record({ syntax: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ syntax: fc.constant('rangeOfInteger' as const), lower: int32, upper: int32 }),
  fc.record({
    syntax: fc.constant('resolution' as const),
    x: int32,
    y: int32,
    units: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({
    syntax: fc.constant('dateTime' as const),
    at: tenths.map(tenth => tenth * 100),
    offsetMinutes: fc.integer({ min: -13 * 60, max: 14 * 60 }),
  }),
  fc.record({ syntax: keys(stringTags), value: text }),
  fc.record({
    syntax: fc.constantFrom('textWithLanguage' as const, 'nameWithLanguage' as const),
    language: text,
    value: text,
  }),
  fc.record({ syntax: fc.constant('octetString' as const), value: octets }),
  fc.record({ syntax: keys(outOfBandTags) }),
  fc.record({ syntax: fc.constant('other' as const), tag: strangeTag, octets }),
);

const { value } = fc.letrec<{ value: IppValue; members: IppAttribute[] }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    simpleValue,
    fc.record({ syntax: fc.constant('collection' as const), members: tie('members') }),
  ),
  members: fc.array(fc.record({ name, values: fc.array(tie('value'), { minLength: 1, maxLength: 3 }) }), {
    maxLength: 3,
  }),
}));

const attribute: fc.Arbitrary<IppAttribute> = fc.record({
  name,
  values: fc.array(value, { minLength: 1, maxLength: 4 }),
});

const groupTag = fc.integer({ min: 0, max: 15 }).filter(tag => tag !== 3);
const octet = fc.integer({ min: 0, max: 255 });

export const arbitraryMessage: fc.Arbitrary<IppMessage> = fc.record({
  version: fc.record({ major: octet, minor: octet }),
  code: fc.integer({ min: 0, max: 0xffff }),
  requestId: int32,
  groups: fc.array(fc.record({ tag: groupTag, attributes: fc.array(attribute, { maxLength: 5 }) }), { maxLength: 4 }),
  data: octets,
});
