import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseMultipart } from '../../../shared/contracts/multipart.ts';
import { inputAddresses, ownAddress } from '../../../shared/contracts/pdfco/addresses.ts';
import { symbologyOf } from '../../../shared/contracts/pdfco/barcode-types.ts';
import { conversions } from '../../../shared/contracts/pdfco/conversions.ts';
import { askedName } from '../../../shared/contracts/pdfco/file-names.ts';
import { parsePages } from '../../../shared/contracts/pdfco/page-lists.ts';
import { Parameters, parametersOf } from '../../../shared/contracts/pdfco/parameters.ts';
import { profilesOf } from '../../../shared/contracts/pdfco/profiles.ts';
import { credential } from '../../../shared/contracts/pdfco/requests.ts';
import { templateDataOf } from '../../../shared/contracts/pdfco/template-data.ts';

const request = (body: string | Buffer, contentType?: string, query = '') => ({
  method: 'POST',
  path: '/v1/pdf/merge',
  query: new URLSearchParams(query),
  headers: contentType === undefined ? {} : { 'content-type': contentType },
  body: Buffer.from(body as string),
  parameters: {},
  origin: 'https://platen.test',
});
const formPart = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('parameters', () => {
  const json = JSON.stringify({ url: 'https://a.test/?x=1&y=2', Async: true, pages: 3 });
  const form = 'url=https%3A%2F%2Fa.test%2F%3Fx%3D1%26y%3D2&ASYNC=true&Pages=3';
  const multipart = `${formPart('URL', 'https://a.test/?x=1&y=2')}${formPart('async', 'True')}${formPart('pages', '3')}--B--`;

  test.each([
    ['JSON', request(json, 'application/json')],
    ['JSON with a character set and a byte order mark', request(`\uFEFF ${json}`, 'application/json; charset=utf-8')],
    ['JSON labelled as a form', request(json, 'application/x-www-form-urlencoded')],
    ['JSON labelled as text', request(json, 'text/plain')],
    ['JSON without a label', request(json)],
    ['a form', request(form, 'application/x-www-form-urlencoded')],
    ['a form without a label', request(form)],
    ['a multipart form', request(multipart, 'multipart/form-data; boundary=B')],
    ['a multipart form, boundary in quotes', request(multipart, 'multipart/form-data; charset=utf-8; boundary="B"')],
    ['the query', request('', undefined, form)],
    ['the query, with JSON', request('{"async":"1"}', 'application/json', form)],
  ])('are read from %s', (_name, sent) => {
    const parameters = parametersOf(sent);

    expect(parameters.text('url')).toBe('https://a.test/?x=1&y=2');
    expect(parameters.flag('async')).toBe(true);
    expect(parameters.number('pages')).toBe(3);
  });

  test.each([
    ['{"url"', 'application/json'],
    ['[1]', 'application/json'],
    ['"text"', undefined],
    ['text', 'application/json'],
    [formPart('a', 'b'), 'multipart/form-data; boundary=B'],
    ['--B\r\n\r\nno name\r\n--B--', 'multipart/form-data; boundary=B'],
    ['nothing of the kind', 'multipart/form-data; boundary=B'],
  ])('are refused in %s of type %s', (body, type) => {
    expect(() => parametersOf(request(body, type))).toThrow(code('bad-request'));
  });

  it('count empty texts and null as not given', () => {
    const parameters = parametersOf(request('{"a":"","b":null,"c":" "}'));

    expect(parameters.text('a')).toBeUndefined();
    expect(parameters.text('b')).toBeUndefined();
    expect(parameters.flag('c', true)).toBe(true);
    expect(() => parameters.requiredText('c')).toThrow(code('bad-request'));
  });

  it('ignore an empty value if another spelling or the query has one', () => {
    const parameters = parametersOf(request('{"jobId":"1","jobid":"","name":""}', 'application/json', 'name=a.pdf'));

    expect(parameters.text('jobid')).toBe('1');
    expect(parameters.text('name')).toBe('a.pdf');
  });

  it('are refused when they are nested too deeply to be gone through', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

    expect(() => parametersOf(request(`{"jobid":${deep}}`))).toThrow(code('bad-request'));
    expect(() => templateDataOf(deep)).toThrow(code('bad-template'));
    expect(() => profilesOf(new Parameters([[['profiles', deep]]]))).toThrow(code('bad-options'));
  });

  test.each(['maybe', '2', 'null'])('take no %s for true or false', text => {
    expect(() => new Parameters([[['a', text]]]).flag('a')).toThrow(code('bad-value'));
    expect(() => new Parameters([[['a', 'x']]]).number('a')).toThrow(code('bad-value'));
  });

  it('hold the octets of files as they came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), octets => {
        const head =
          '--B\r\ncontent-disposition: form-data; filename="a \\"b\\".bin"; name=file\r\ncontent-type: x/y\r\n\r\n';
        const parts = parseMultipart(Buffer.concat([Buffer.from(head), octets, Buffer.from('\r\n--B--\r\n')]), 'B');
        expect(parts).toEqual([
          { name: 'file', fileName: 'a "b".bin', contentType: 'x/y', bytes: Buffer.from(octets) },
        ]);
      }),
    );
  });

  it.each([
    ['filename="=?utf-8?B?w4QucGRm?="; filename*=utf-8\'\'%C3%84.pdf', 'Ä.pdf'],
    ["filename*=UTF-8''%C3%84.pdf", 'Ä.pdf'],
    ["filename*=UTF-8''50%.pdf", '50%.pdf'],
    ['filename="Ä.pdf"', 'Ä.pdf'],
  ])('name a file by %s', (written, fileName) => {
    const form = `--B\r\nContent-Disposition: form-data; name=file; ${written}\r\n\r\nx\r\n--B--\r\n`;

    expect(parseMultipart(Buffer.from(form), 'B')).toEqual([{ name: 'file', fileName, bytes: Buffer.from('x') }]);
  });

  it('show the key in header, query or form', () => {
    const header = { ...request('x-api-key=form'), headers: { 'x-api-key': 'header' } };

    expect(credential(header)).toBe('header');
    expect(credential(request('X-API-KEY=form'))).toBe('form');
    expect(credential(request('', undefined, 'x-api-key=query'))).toBe('query');
    expect(credential(request('{"broken'))).toBeUndefined();
  });
});

describe('page lists', () => {
  const first = (from: number, to?: number) => (to === undefined ? { from } : { from, to });

  test.each([
    ['0', [first(1, 1)]],
    ['0,2,5-10,3-,!0', [first(1, 1), first(3, 3), first(6, 11), first(4), first(-1, -1)]],
    [' 1 - 2 , ', [first(2, 3)]],
    ['!2-!0', [first(-3, -1)]],
    ['1-!1', [first(2, -2)]],
    ['', []],
  ])('%j from 0', (text, expected) => {
    expect(parsePages(text, 0)).toEqual(expected);
  });

  test.each([
    ['1-2,3-', [first(1, 2), first(3)]],
    ['!1', [first(-1, -1)]],
  ])('%j from 1', (text, expected) => {
    expect(parsePages(text, 1)).toEqual(expected);
  });

  test.each(['x', '1-2-3', '-1', '5-3', '!0-!2', '1.5', '1;2', '9999999'])('refuse %j', text => {
    expect(() => parsePages(text, 0)).toThrow(code('bad-page-range'));
  });

  it('have no page 0 when they count from 1', () => {
    expect(() => parsePages('0', 1)).toThrow(code('bad-page-range'));
  });
});

describe('profiles', () => {
  test.each([
    `{ 'CheckPermissions': false, }`,
    '{CheckPermissions: false}',
    'checkpermissions: "False"',
    '{"profiles":[{"profile1":{"CheckPermissions":"false"}}]}',
    { CheckPermissions: false },
  ])('%j is read', profiles => {
    expect(profilesOf(new Parameters([[['profiles', profiles]]])).flag('CheckPermissions', true)).toBe(false);
  });

  test.each(['{{', 'nonsense', '{"a":', 7, `{ 'DataEncryptionAlgorithm': 'AES128' }`])('%j is refused', profiles => {
    expect(() => profilesOf(new Parameters([[['profiles', profiles]]]))).toThrow(code('bad-options'));
  });

  it('may be left out', () => {
    expect(profilesOf(new Parameters([])).flag('CheckPermissions', true)).toBe(true);
  });
});

describe('template data', () => {
  test.each([
    ['{"a":[1]}', { a: [1] }],
    ["{ a: 'loose' }", { a: 'loose' }],
    [{ a: 1 }, { a: 1 }],
    ['name,"a,b"\r\n"say ""hi""",2\n', { name: 'say "hi"', 'a,b': '2', rows: [{ name: 'say "hi"', 'a,b': '2' }] }],
  ])('%j', (given, expected) => {
    expect(templateDataOf(given)).toEqual(expected);
  });

  test.each(['{"a"', 'nothing'])('%j is refused', given => {
    expect(() => templateDataOf(given)).toThrow(code('bad-template'));
  });
});

describe('addresses', () => {
  const origin = 'https://platen.test';
  const id = 'A0'.repeat(16);

  test.each([
    [`https://platen.test/v1/results/${id}/a.pdf`, { names: { job: id }, isCertain: true }],
    [`http://platen.test/V1/Results/${id}/3/a%20b.pdf?x=1`, { names: { job: id, file: 3 }, isCertain: true }],
    [`https://other.test/v1/temp/${id}/`, { names: { upload: id }, isCertain: false }],
    [`https://platen.test/v1/results/${id}`, undefined],
    ['https://platen.test/v1/job/check', undefined],
    ['nonsense', undefined],
  ])('%s', (address, expected) => {
    expect(ownAddress(address, origin)).toEqual(expected);
  });

  it('come in lists, with blanks and a word for a cache that is none', () => {
    expect(inputAddresses(' https://a.test/1 ,cache:http://b.test/2,')).toEqual([
      'https://a.test/1',
      'http://b.test/2',
    ]);
  });

  it('are taken as they stand in JSON, where others escape the ampersand', () => {
    expect(inputAddresses('https://a.test/1?x=1\\u0026y=2')).toEqual(['https://a.test/1?x=1&y=2']);
  });

  test.each(['ftp://a.test', 'file:///etc/passwd', 'a.pdf', 'javascript:1', 'filetoken://x'])('refuse %s', address => {
    expect(() => inputAddresses(address)).toThrow(code('bad-address'));
  });
});

describe('names', () => {
  test.each([
    ['invoice', 'invoice.pdf'],
    ['invoice.PDF', 'invoice.PDF'],
    ['../../etc/passwd', 'passwd.pdf'],
    ['C:\\a\\b.pdf', 'b.pdf'],
    ['a"b\r\nc.pdf', 'a_b__c.pdf'],
    ['  ', undefined],
    ['...', undefined],
  ])('%j becomes %j', (given, expected) => {
    expect(askedName(given, 'pdf')).toBe(expected);
  });
});

describe('conversions', () => {
  const wanted = (path: string, values: Record<string, unknown>) =>
    conversions[path]?.(new Parameters([Object.entries(values)]));
  const fromHtml = '/v1/pdf/convert/from/html';

  it('lay a page out as it is asked for', () => {
    const given = wanted(fromHtml, {
      html: 'x',
      margins: '10mm 1in',
      paperSize: '200x200',
      orientation: 'LANDSCAPE',
      printBackground: 'false',
    });

    expect(given?.conversion).toMatchObject({
      paper: { width: expect.closeTo(52.9, 1), height: expect.closeTo(52.9, 1) },
      margins: { top: 10, right: 25.4, bottom: 10, left: 25.4 },
      orientation: 'landscape',
      backgrounds: false,
      fullLoad: true,
      media: 'print',
    });
  });

  it('leave the paper open, upright, with backgrounds, in the page’s own margins, when nothing is said', () => {
    expect(wanted(fromHtml, { html: 'x', header: '', footer: ' ', margins: '' })?.conversion).toEqual({
      kind: 'page',
      content: { kind: 'html', html: 'x', template: undefined },
      paper: undefined,
      orientation: undefined,
      margins: undefined,
      backgrounds: true,
      media: 'print',
      fullLoad: true,
      scripts: true,
      customScript: undefined,
      headersAndFooters: undefined,
    });
  });

  it.each(['', 'portrait', 'Portrait'])('leave paper as it is written with the orientation "%s"', orientation => {
    expect(wanted(fromHtml, { html: 'x', paperSize: '10cm 5cm', orientation })?.conversion).toMatchObject({
      paper: { width: 100, height: 50 },
      orientation: undefined,
    });
  });

  const addresses = ['https://a.test/1.pdf', 'https://a.test/2.pdf', 'https://a.test/3.pdf'] as const;
  const [one, two, three] = addresses;
  it.each([
    ['an array', request(JSON.stringify({ url: addresses, async: [true] }))],
    ['one text', request(JSON.stringify({ url: ` ${one}, ${two},${three}`, async: true }))],
    ['fields of one name', request(`url=${one}&url=${two},${three}&async=false&async=true`)],
    [
      'parts of one name, which override the query',
      request(
        `${addresses.map(url => formPart('url', url)).join('')}${formPart('async', 'true')}--B--`,
        'multipart/form-data; boundary=B',
        'url=https://a.test/4.pdf',
      ),
    ],
  ])('merge all documents of %s', (_how, sent) => {
    const parameters = parametersOf(sent);
    const documents = addresses.map(url => ({ kind: 'url', url }));

    expect(conversions['/v1/pdf/merge']?.(parameters).conversion).toMatchObject({ kind: 'merge', documents });
    expect(parameters.flag('async')).toBe(true);
  });

  it.each([undefined, '*', ' ', ',', ' , '])('split with the pages %j parts every page', pages => {
    expect(wanted('/v1/pdf/split', { url: 'https://a.test/a.pdf', pages })?.conversion).toMatchObject({
      by: { kind: 'each' },
    });
  });

  test.each([
    [{ html: 'x', margins: 'wide' }, 'bad-value'],
    [{ html: 'x', paperSize: 'B9' }, 'bad-value'],
    [{ html: 'x', mediaType: 'braille' }, 'bad-value'],
    [{ html: ' ' }, 'bad-content'],
    [{ templateId: 3, templateData: '{}' }, 'bad-template'],
  ])('%j is refused as %s', (values, expected) => {
    expect(() => wanted(fromHtml, values)).toThrow(code(expected));
  });

  test.each(Object.keys(conversions).filter(path => path !== fromHtml && !path.includes('barcode')))(
    '%s needs an address',
    path => {
      expect(() => wanted(path, {})).toThrow(code('bad-request'));
      expect(() => wanted(path, { url: 'x:y', searchString: 'x' })).toThrow(code('bad-address'));
    },
  );

  it('refuse pictures of a resolution beyond sense', () => {
    const png = { url: 'https://a.test/a.pdf', profiles: '{RenderingResolution: 5000}' };
    expect(() => wanted('/v1/pdf/convert/to/png', png)).toThrow(code('bad-options'));
  });

  it('know barcodes by names in any spelling', () => {
    expect(symbologyOf('Code 128')).toBe('code128');
    expect(symbologyOf('gs1-128')).toBe('gs1-128');
    expect(() => symbologyOf('toString')).toThrow(code('bad-value'));
  });
});
