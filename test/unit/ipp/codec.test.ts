import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { make } from '../../../shared/ipp/attributes.ts';
import { decodeMessage } from '../../../shared/ipp/decode.ts';
import { encodeMessage } from '../../../shared/ipp/encode.ts';
import { type IppAttribute, IppFormatError, type IppMessage } from '../../../shared/ipp/message.ts';
import { arbitraryMessage } from './arbitrary-message.ts';

const noData = Buffer.alloc(0);
const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const responseOf = (attributes: string) => hex(`0200 0000 00000001 04 ${attributes} 03`);
const message = (attributes: IppAttribute[]): IppMessage => ({
  version: { major: 2, minor: 0 },
  code: 0,
  requestId: 1,
  groups: [{ tag: 4, attributes }],
  data: noData,
});
const decodeOne = (attributes: string) => decodeMessage(responseOf(attributes)).groups[0]?.attributes;

describe('encodeMessage and decodeMessage', () => {
  it('lose nothing of any message', () => {
    fc.assert(
      fc.property(arbitraryMessage, given => {
        expect(decodeMessage(encodeMessage(given))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  it('write the Print-Job request of RFC 8010 A.1 octet by octet', () => {
    const request: IppMessage = {
      version: { major: 1, minor: 1 },
      code: 2,
      requestId: 1,
      groups: [
        {
          tag: 1,
          attributes: [
            make.charset('attributes-charset', 'utf-8'),
            make.language('attributes-natural-language', 'en-us'),
            make.uri('printer-uri', 'ipp://printer.example.com/ipp/print/pinetree'),
            make.name('job-name', 'foobar'),
            make.boolean('ipp-attribute-fidelity', true),
          ],
        },
        { tag: 2, attributes: [make.integer('copies', 20), make.keyword('sides', 'two-sided-long-edge')] },
      ],
      data: Buffer.from('%!PDF'),
    };
    const text = (value: string) => Buffer.from(value).toString('hex');

    expect(encodeMessage(request)).toEqual(
      hex(`0101 0002 00000001 01
        47 0012 ${text('attributes-charset')} 0005 ${text('utf-8')}
        48 001b ${text('attributes-natural-language')} 0005 ${text('en-us')}
        45 000b ${text('printer-uri')} 002c ${text('ipp://printer.example.com/ipp/print/pinetree')}
        42 0008 ${text('job-name')} 0006 ${text('foobar')}
        22 0016 ${text('ipp-attribute-fidelity')} 0001 01
        02
        21 0006 ${text('copies')} 0004 00000014
        44 0005 ${text('sides')} 0013 ${text('two-sided-long-edge')}
        03 ${text('%!PDF')}`),
    );
  });

  it('write a collection with its members inside of it, as RFC 8010 A.7 has it', () => {
    const size = [make.integer('x-dimension', 21000), make.integer('y-dimension', 29700)];
    const octets = encodeMessage(message([make.collection('media-col', [make.collection('media-size', size)])]));

    expect(octets.toString('hex')).toContain(
      `340009${Buffer.from('media-col').toString('hex')}0000` +
        `4a0000000a${Buffer.from('media-size').toString('hex')}3400000000` +
        `4a0000000b${Buffer.from('x-dimension').toString('hex')}210000000400005208` +
        `4a0000000b${Buffer.from('y-dimension').toString('hex')}210000000400007404` +
        '3700000000' +
        '3700000000',
    );
  });
});

describe('decodeMessage', () => {
  const strange: [string, string, unknown][] = [
    ['a tag that it does not know', '5f 0001 61 0002 beef', { syntax: 'other', tag: 0x5f, octets: hex('beef') }],
    ['an extension tag', '7f 0001 61 0005 0000010001', { syntax: 'other', tag: 0x7f, octets: hex('0000010001') }],
    ['an integer of three octets', '21 0001 61 0003 000001', { syntax: 'other', tag: 0x21, octets: hex('000001') }],
    ['a date in month 0', '31 0001 61 000b 07e9 00 01 00 00 00 00 2b 00 00', { syntax: 'other', tag: 0x31 }],
    ['the 30th of February', '31 0001 61 000b 07e9 02 1e 00 00 00 00 2b 00 00', { syntax: 'other', tag: 0x31 }],
    ['a language longer than its value', '36 0001 61 0004 00ff 6465', { syntax: 'other', tag: 0x36 }],
    ['an empty text with language', '35 0001 61 0000', { syntax: 'other', tag: 0x35 }],
    ['a no-value that has one', '13 0001 61 0001 00', { syntax: 'other', tag: 0x13 }],
  ];
  it.each(strange)('keeps %s as octets', (_, attribute, expected) => {
    expect(decodeOne(attribute)?.[0]?.values[0]).toMatchObject(expected as object);
  });

  it('keeps groups and attributes that it does not know', () => {
    const octets = hex('0200 0000 00000001 0e 21 0001 61 0004 00000007 03');

    expect(decodeMessage(octets).groups).toEqual([{ tag: 0x0e, attributes: [make.integer('a', 7)] }]);
  });

  it('takes a name such as __proto__ for a name', () => {
    const [attribute] = decodeOne(`21 0009 ${Buffer.from('__proto__').toString('hex')} 0004 00000001`) ?? [];

    expect(attribute?.name).toBe('__proto__');
    expect(({} as Record<string, unknown>).values).toBeUndefined();
  });

  const broken: [string, string][] = [
    ['nothing', ''],
    ['half a header', '0200 00'],
    ['a message without an end', '0200 0000 00000001 04'],
    ['an attribute outside of a group', '0200 0000 00000001 21 0001 61 0004 00000001 03'],
    ['a further value of no attribute', '0200 0000 00000001 04 21 0000 0004 00000001 03'],
    ['a negative length', '0200 0000 00000001 04 44 0001 61 ffff 61 03'],
    ['a length beyond the end', '0200 0000 00000001 04 44 0001 61 7fff 61 03'],
    ['a collection without an end', '0200 0000 00000001 04 34 0001 61 0000 03'],
    ['the end of a collection that has not begun', '0200 0000 00000001 04 37 0001 61 0000 03'],
    ['a member outside of a collection', '0200 0000 00000001 04 4a 0001 61 0001 61 03'],
    ['a value before the first member', '0200 0000 00000001 04 34 0001 61 0000 21 0000 0004 00000001 37 0000 0000 03'],
  ];
  it.each(broken)('refuses %s', (_, octets) => {
    expect(() => decodeMessage(hex(octets))).toThrow(IppFormatError);
  });

  it('calls every start of a message truncated, and only that', () => {
    const whole = encodeMessage(message([make.collection('a', [make.keyword('b', 'c', 'd')]), make.integer('e', 1)]));

    for (let length = 0; length < whole.length; length += 1)
      expect(() => decodeMessage(whole.subarray(0, length))).toThrow(expect.objectContaining({ truncated: true }));
    expect(() => decodeMessage(hex('0200 0000 00000001 04 44 0001 61 ffff'))).toThrow(
      expect.objectContaining({ truncated: false }),
    );
  });

  it('refuses collections nested beyond all reason', () => {
    const nested = (depth: number) =>
      responseOf(`34 0001 61 0000 ${'4a 0000 0001 62 34 0000 0000'.repeat(depth - 1)} ${'37 0000 0000'.repeat(depth)}`);

    expect(() => decodeMessage(nested(16))).not.toThrow();
    expect(() => decodeMessage(nested(17))).toThrow(IppFormatError);
    expect(() => decodeMessage(nested(100_000))).toThrow(IppFormatError);
  });

  const endless: [string, Buffer][] = [
    ['groups', Buffer.alloc(1_000_000, 0x04)],
    ['values', Buffer.concat([hex('04 13 0001 61 0000'), Buffer.from('1300000000'.repeat(200_000), 'hex')])],
    ['members', Buffer.concat([hex('04 34 0001 61 0000'), Buffer.from('4a00000000'.repeat(200_000), 'hex')])],
  ];
  it.each(endless)('refuses endless %s', (_, octets) => {
    const octetsOfMessage = Buffer.concat([hex('0200 0000 00000001'), octets, hex('03')]);

    expect(() => decodeMessage(octetsOfMessage)).toThrow('more than 65536 parts');
  });

  it('answers any octets with a message or an IppFormatError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), array => {
        expectMessageOrFormatError(Buffer.from(array));
      }),
      { numRuns: 1000 },
    );
  });

  it('answers any mutation of a message with a message or an IppFormatError', () => {
    const mutation = fc.record({ at: fc.nat(), octet: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(arbitraryMessage, fc.array(mutation, { minLength: 1, maxLength: 5 }), (given, mutations) => {
        const octets = encodeMessage(given);
        for (const { at, octet } of mutations) octets[at % octets.length] = octet;
        expectMessageOrFormatError(octets);
      }),
      { numRuns: 1000 },
    );
  });

  it('makes a message that can be written again of whatever it accepts', () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.nat(), fc.integer({ min: 0, max: 255 }), (given, at, octet) => {
        const octets = encodeMessage(given);
        octets[at % octets.length] = octet;
        const decoded = decodeOrUndefined(octets);
        const isEmptyName = decoded?.groups.some(group => group.attributes.some(({ name }) => name === ''));
        fc.pre(decoded !== undefined && !isEmptyName);

        expect(decodeMessage(encodeMessage(decoded))).toEqual(decoded);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a date and time [RFC 2579 2]', () => {
  /** year, month, day, hour, minute, second, tenths, sign, hours and minutes of the zone */
  type Octets = [number, number, number, number, number, number, number, string, number, number];
  const decodeDate = ([year, ...others]: Octets) => {
    const octets = Buffer.alloc(11);
    octets.writeUInt16BE(year);
    for (const [index, value] of others.entries())
      octets[index + 2] = typeof value === 'string' ? value.charCodeAt(0) : value;
    return decodeOne(`31 0001 61 000b ${octets.toString('hex')}`)?.[0]?.values[0];
  };

  it.each<[Octets, string, number]>([
    [[2026, 2, 28, 23, 59, 59, 9, '+', 14, 59], '2026-02-28T09:00:59.900Z', 899],
    [[2024, 2, 29, 0, 0, 0, 0, '-', 0, 0], '2024-02-29T00:00:00.000Z', 0],
    [[2026, 12, 31, 23, 30, 0, 5, '-', 1, 30], '2027-01-01T01:00:00.500Z', -90],
    [[99, 1, 1, 0, 0, 0, 0, '+', 0, 0], '0099-01-01T00:00:00.000Z', 0],
  ])('%j is %s', (octets, iso, offsetMinutes) => {
    const value = { syntax: 'dateTime' as const, at: Date.parse(iso), offsetMinutes };

    expect(decodeDate(octets)).toEqual(value);
    expect(
      decodeMessage(encodeMessage(message([{ name: 'a', values: [value] }]))).groups[0]?.attributes[0]?.values,
    ).toEqual([value]);
  });

  const valid: Octets = [2026, 6, 15, 12, 30, 30, 5, '+', 1, 30];
  const spoilt: [number, number | string][] = [
    ...[0, 13].map((month): [number, number] => [1, month]),
    ...[0, 31].map((day): [number, number] => [2, day]),
    ...[
      [3, 24],
      [4, 60],
      [5, 60],
      [6, 10],
      [8, 15],
      [9, 60],
    ].map(([index = 0, value = 0]): [number, number] => [index, value]),
    ...['*', ',', '.', '/'].map((sign): [number, string] => [7, sign]),
  ];
  it.each(spoilt)('with number %i as %s is none', (index, value) => {
    expect(decodeDate(valid)).toMatchObject({ syntax: 'dateTime' });
    expect(decodeDate(valid.with(index, value) as Octets)).toMatchObject({ syntax: 'other', tag: 0x31 });
  });
});

describe('a tolerant decoder', () => {
  const tolerant = (octets: string) =>
    decodeMessage(hex(`0200 0000 00000001 ${octets} 03`), { isTolerant: true }).groups;
  const [a, b] = ['21 0001 61 0004 00000001', '21 0001 62 0004 00000002'];
  const both = [make.integer('a', 1), make.integer('b', 2)];

  it.each([
    ['an attribute outside of a group', `${a} 04 ${a} ${b}`],
    [
      'a collection outside of a group',
      `34 0001 63 0000 4a 0000 0001 64 21 0000 0004 00000003 37 0000 0000 04 ${a} ${b}`,
    ],
    ['the end of a collection outside of a group', `37 0000 0000 04 ${a} ${b}`],
    ['a value of no attribute', `04 21 0000 0004 00000003 ${a} ${b}`],
    ['the end of a collection that has not begun', `04 ${a} 37 0000 0000 ${b}`],
    [
      'members outside of a collection, with their values',
      `04 ${a} 4a 0000 0001 64 21 0000 0004 00000003 44 0000 0001 65 ${b}`,
    ],
    [
      'a collection among them',
      `04 ${a} 4a 0000 0001 64 34 0000 0000 4a 0000 0001 65 21 0000 0004 00000003 37 0000 0000 ${b}`,
    ],
    ['members at the end', `04 ${a} ${b} 4a 0000 0001 64 21 0000 0004 00000003`],
  ])('skips %s, and nothing else', (_name, octets) => {
    expect(tolerant(octets)).toEqual([{ tag: 4, attributes: both }]);
    expect(() => decodeMessage(hex(`0200 0000 00000001 ${octets} 03`))).toThrow(IppFormatError);
  });

  it('skips a value before the first member of a collection', () => {
    const octets = '04 34 0001 61 0000 21 0000 0004 00000003 4a 0000 0001 62 21 0000 0004 00000002 37 0000 0000';

    expect(tolerant(octets)).toEqual([{ tag: 4, attributes: [make.collection('a', [make.integer('b', 2)])] }]);
  });

  it('refuses endless parts of collections', () => {
    const octets = Buffer.concat([
      hex('0200 0000 00000001 04 4a 0000 0001 61'),
      Buffer.from('1300000000'.repeat(70_000), 'hex'),
      hex('03'),
    ]);

    expect(() => decodeMessage(octets, { isTolerant: true })).toThrow('more than 65536 parts');
  });
});

describe('the limits of a message', () => {
  it('are 65,536 groups and values, and 32,767 octets of a value', () => {
    const parts = (count: number) => Buffer.concat([hex('0200 0000 00000001'), Buffer.alloc(count, 0x04), hex('03')]);
    const long = message([make.text('a', 'x'.repeat(0x7fff))]);

    expect(decodeMessage(parts(65_536)).groups).toHaveLength(65_536);
    expect(() => decodeMessage(parts(65_537))).toThrow(IppFormatError);
    expect(decodeMessage(encodeMessage(long))).toEqual(long);
  });

  it.each([-(2 ** 31), -1, 0, 2 ** 31 - 1])('hold the integer %i', value => {
    const given = message([make.integer('a', value), make.range('b', { lower: value, upper: value })]);

    expect(decodeMessage(encodeMessage(given))).toEqual(given);
  });

  it.each([
    [0x0f, true],
    [0x10, false],
    [0x03, false],
    [0x00, true],
  ])('hold a group of tag %i: %s', (tag, isHeld) => {
    const given = { ...message([]), groups: [{ tag, attributes: [] }] };

    if (isHeld) expect(decodeMessage(encodeMessage(given))).toEqual(given);
    else expect(() => encodeMessage(given)).toThrow(IppFormatError);
  });
});

describe('encodeMessage', () => {
  const impossible: [string, IppMessage][] = [
    ['an attribute without a value', message([{ name: 'a', values: [] }])],
    ['an attribute without a name', message([make.integer('', 1)])],
    ['a text longer than a length can say', message([make.text('a', 'x'.repeat(0x8000))])],
    ['an integer of more than 32 bits', message([make.integer('a', 2 ** 31)])],
    ['an integer below 32 bits', message([make.integer('a', -(2 ** 31) - 1)])],
    ['a member without a value', message([make.collection('a', [{ name: 'b', values: [] }])])],
    ['a fraction', message([make.integer('a', 1.5)])],
    ['a group of the tag that ends all groups', { ...message([]), groups: [{ tag: 3, attributes: [] }] }],
  ];
  it.each(impossible)('refuses %s', (_, given) => {
    expect(() => encodeMessage(given)).toThrow(IppFormatError);
  });
});

function expectMessageOrFormatError(octets: Buffer): void {
  decodeOrUndefined(octets);
}

function decodeOrUndefined(octets: Buffer): IppMessage | undefined {
  try {
    return decodeMessage(octets);
  } catch (error) {
    expect(error).toBeInstanceOf(IppFormatError);
    return undefined;
  }
}
