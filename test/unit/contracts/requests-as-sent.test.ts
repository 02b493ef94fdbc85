import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId } from '../../../shared/core/domain/ids.ts';
import { key, openWorld, type World } from '../world.ts';

/* Requests as clients, libraries and what is between really send them. */

const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
const base64 = pdf.toString('base64');
const submission = { printer: 'office:laser', document: { base64: 'aGVsbG8K' } };

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every dialect
  json: any;
  headers: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: string | Uint8Array | object,
  given: Record<string, string> = {},
): Promise<Answer> {
  const [route = '', query] = path.split('?');
  const isBody = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const headers = { authorization: `Bearer ${key}`, 'x-api-key': key, ...given };
  const answer = await world.call({
    method,
    path: route,
    query,
    headers,
    body: isBody ? body : JSON.stringify(body),
  });
  const text = answer.body ?? '';
  const isJson = /^[[{]/.test(text);
  return {
    status: answer.statusCode ?? 0,
    text,
    json: isJson ? JSON.parse(text) : undefined,
    headers: answer.headers ?? {},
  };
}

/** The octets that a job would print. */
async function documentOf(id: string): Promise<Buffer> {
  const job = await world.ports.jobs.get(id as JobId);
  const stream = await world.ports.documents.read(job?.document?.key ?? '');
  return Buffer.concat(await Array.fromAsync(stream ?? []));
}

async function printed(uploadId: string): Promise<Buffer> {
  const { json } = await call('POST', '/platen/v1/jobs', { printer: 'office:laser', document: { uploadId } });
  return await documentOf(json.jobs[0].id);
}

const formOf = (...parts: { head: string; body: Buffer }[]) =>
  Buffer.concat([
    ...parts.flatMap(({ head, body }) => [Buffer.from(`--B\r\n${head}\r\n\r\n`), body, Buffer.from('\r\n')]),
    Buffer.from('--B--\r\n'),
  ]);
const file = (fileName = 'a.pdf', body = pdf) => ({
  head: `Content-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: application/pdf`,
  body,
});
const field = { head: 'Content-Disposition: form-data; name="title"', body: Buffer.from('a') };

describe('a form where octets belong', () => {
  it.each([
    ['labelled', { 'content-type': 'multipart/form-data; boundary=B' }],
    ['under another label', { 'content-type': 'application/pdf' }],
    ['without a label', {}],
  ])('is unpacked: %s', async (_label, headers) => {
    const body = formOf(field, file());

    const put = await call('PUT', '/api/putfile?targets=office:laser&title=a', body, headers);
    const uploaded = await call('POST', '/platen/v1/uploads', body, headers);

    expect(await documentOf(put.text)).toEqual(pdf);
    expect(uploaded.json).toMatchObject({ name: 'a.pdf', octets: pdf.length });
    expect(await printed(uploaded.json.id)).toEqual(pdf);
  });

  it.each([
    ['two files', formOf(file(), file()), 'multipart/form-data; boundary=B', 400],
    ['no file', formOf(field), 'multipart/form-data; boundary=B', 400],
    ['no boundary', pdf, 'multipart/form-data', 415],
    [
      'another envelope',
      formOf({ head: 'Content-Type: application/pdf', body: pdf }),
      'multipart/mixed; boundary=B',
      415,
    ],
  ])('is refused with %s', async (_why, body, type, status) => {
    const headers = { 'content-type': type };

    const put = await call('PUT', '/api/putfile?targets=office:laser', body, headers);
    const uploaded = await call('POST', '/platen/v1/uploads', body, headers);

    expect(put).toMatchObject({ status, text: expect.stringMatching(/^Error: /) });
    expect(uploaded.status).toBe(status);
  });
});

it.each(['multipart/form-data', 'multipart/form-data; charset=utf-8', 'application/octet-stream', ''])(
  'a form whose boundary the type %j does not name is read all the same',
  async type => {
    const headers = { 'content-type': type };
    const named = (name: string, value: string) => ({
      head: `Content-Disposition: form-data; name="${name}"`,
      body: Buffer.from(value),
    });
    const stored = await call('PUT', '/api/putfile', pdf);

    const uploaded = await call('POST', '/v1/file/upload', formOf(file(), named('name', 'b.pdf')), headers);
    const checked = await call('POST', '/v1/job/check', formOf(named('jobid', 'x'), named('force', '1')), headers);
    const print = formOf(named('file', stored.text), named('targets', 'office:laser'));
    const submitted = await call('POST', '/api/submitfile', print, headers);

    expect(uploaded.json).toMatchObject({ error: false, name: 'b.pdf' });
    expect(checked.json).toMatchObject({ status: 'unknown' });
    expect(await documentOf(submitted.text)).toEqual(pdf);
  },
);

describe('a part of a form with a Content-Transfer-Encoding', () => {
  const mail = 'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Transfer-Encoding:';
  const headers = { 'content-type': 'multipart/form-data; boundary=B' };

  it.each([
    [' base64', Buffer.from(`${base64.replace(/.{76}/g, '$&\r\n')}\r\n`)],
    ['BASE64', Buffer.from(base64)],
    [' binary', pdf],
    ['', pdf],
  ])('is decoded:%s', async (coding, body) => {
    const put = await call(
      'PUT',
      '/api/putfile?targets=office:laser',
      formOf({ head: `${mail}${coding}`, body }),
      headers,
    );

    expect(await documentOf(put.text)).toEqual(pdf);
  });

  it.each([
    [' quoted-printable', pdf, 415],
    [' base64', Buffer.from(base64.slice(0, 41)), 454],
  ])('is refused when it cannot be:%s', async (coding, body, status) => {
    const answer = await call('POST', '/v1/file/upload', formOf({ head: `${mail}${coding}`, body }), headers);

    expect(answer.status).toBe(status);
  });
});

describe('a body with a Content-Encoding', () => {
  const codings: [coding: string, pack: (bytes: Buffer) => Buffer][] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP, identity', gzipSync],
    ['gzip, br', bytes => brotliCompressSync(gzipSync(bytes))],
  ];
  it.each(codings)('is decoded: %s', async (coding, pack) => {
    const headers = { 'content-encoding': coding };

    const put = await call('PUT', '/api/putfile?targets=office:laser&title=a', pack(pdf), headers);
    const uploaded = await call('POST', '/platen/v1/uploads', pack(pdf), headers);
    const submitted = await call('POST', '/platen/v1/jobs', pack(Buffer.from(JSON.stringify(submission))), headers);
    const converted = await call(
      'POST',
      '/v1/file/upload/base64',
      pack(Buffer.from(JSON.stringify({ file: base64 }))),
      headers,
    );

    expect(await documentOf(put.text)).toEqual(pdf);
    expect(await printed(uploaded.json.id)).toEqual(pdf);
    expect((await documentOf(submitted.json.jobs[0].id)).toString()).toBe('hello\n');
    expect(converted.json).toMatchObject({ error: false, name: 'file.pdf' });
  });

  it('is refused in a coding that is not known, or is not that coding', async () => {
    const unknown = await call('PUT', '/api/putfile?targets=office:laser', pdf, { 'content-encoding': 'compress' });
    const wrong = await call('PUT', '/api/putfile?targets=office:laser', pdf, { 'content-encoding': 'gzip' });

    expect(unknown).toMatchObject({ status: 415, text: expect.stringContaining('"compress" is not supported') });
    expect(wrong).toMatchObject({ status: 400, text: expect.stringContaining('is not gzip') });
  });

  it('is refused when it was coded more than twice', async () => {
    const body = gzipSync(gzipSync(gzipSync(pdf)));

    const answer = await call('POST', '/platen/v1/uploads', body, { 'content-encoding': 'gzip, gzip, gzip' });

    expect(answer).toMatchObject({ status: 415, text: expect.stringContaining('3 Content-Encodings') });
  });

  it('is refused when it unfolds to far more than a request may hold', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));

    const answer = await call('POST', '/platen/v1/uploads', bomb, { 'content-encoding': 'gzip' });

    expect(answer).toMatchObject({ status: 413, json: { error: { code: 'too-large' } } });
  });

  it('is not decoded for a caller without a key', async () => {
    const headers = { 'content-encoding': 'gzip', authorization: '', 'x-api-key': '' };

    expect(await call('POST', '/platen/v1/uploads', pdf, headers)).toMatchObject({ status: 401 });
  });
});

describe('characters', () => {
  const named = { ...submission, name: 'Müller' };
  const html = { html: '<p>Straße in Köln</p>', name: 'Köln.pdf', async: true };
  const json = (charset: string) => ({ 'content-type': `application/json${charset}` });

  it.each([
    ['; charset=iso-8859-1', 'latin1'],
    ['; charset="ISO-8859-1"', 'latin1'],
    [';charset=windows-1252', 'latin1'],
    ['; charset=utf-16le', 'utf16le'],
    ['; charset=utf-8', 'utf8'],
    ['', 'utf8'],
  ] as const)('are read in the character set that is named%s', async (charset, encoding) => {
    const platen = await call('POST', '/platen/v1/jobs', Buffer.from(JSON.stringify(named), encoding), json(charset));
    const pdfco = await call(
      'POST',
      '/v1/pdf/convert/from/html',
      Buffer.from(JSON.stringify(html), encoding),
      json(charset),
    );

    expect(platen.json.jobs[0].name).toBe('Müller');
    expect(pdfco.json.name).toBe('Köln.pdf');
  });

  const refused: [why: string, charset: string, status: number][] = [
    ['are no UTF-8 and nothing is named', '', 400],
    ['are no UTF-8, as is said', '; charset=utf-8', 400],
    ['are in an unknown set', '; charset=klingon', 415],
  ];
  it.each(refused)('are refused when they %s', async (_why, charset, status) => {
    const body = (value: object) => Buffer.from(JSON.stringify(value), 'latin1');
    const scriptx = { contentType: 2, content: '<p>Köln</p>', settings: {}, device: {} };
    const basic = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };

    expect((await call('POST', '/platen/v1/jobs', body(named), json(charset))).status).toBe(status);
    expect((await call('POST', '/v1/pdf/convert/from/html', body(html), json(charset))).status).toBe(status);
    const print = await call('POST', '/api/v1/printHtml/print', body(scriptx), { ...json(charset), ...basic });
    expect(print.status === 400 || print.json.status === 3).toBe(true);
  });

  it('are refused when they were lost before they came here', async () => {
    const answer = await call('POST', '/platen/v1/jobs', { ...submission, name: 'M\ufffdller' });

    expect(answer).toMatchObject({ status: 400, json: { error: { message: expect.stringContaining('U+FFFD') } } });
  });

  it('are read in the character set that a part of a form names', async () => {
    const part = (name: string, text: string) => ({
      head: `Content-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain; charset=iso-8859-1`,
      body: Buffer.from(text, 'latin1'),
    });
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };
    const html = formOf(part('html', '<p>x'), part('name', 'Köln.pdf'), part('async', 'true'));
    const { text: upload } = await call('PUT', '/api/putfile', pdf);
    const print = formOf(part('file', upload), part('targets', 'office:laser'), part('title', 'Köln.pdf'));

    const converted = await call('POST', '/v1/pdf/convert/from/html', html, headers);
    const submitted = await call('POST', '/api/submitfile', print, headers);

    expect(converted.json).toMatchObject({ error: false, name: 'Köln.pdf' });
    expect(await call('GET', `/platen/v1/jobs/${submitted.text}`)).toMatchObject({ json: { name: 'Köln.pdf' } });
  });

  it('are refused in queries and forms that are no UTF-8', async () => {
    const put = await call('PUT', '/api/putfile?targets=office:laser&title=M%FCller', pdf);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const converted = await call('POST', '/v1/pdf/convert/from/html', 'html=%3Cp%3EK%F6ln', form);

    expect(put).toMatchObject({ status: 400, text: expect.stringContaining('%FC') });
    expect(converted.status).toBe(400);
  });
});

describe('base64', () => {
  const odd = Buffer.from([0xfb, 0xef, 0xff, 0xfb, 0xef, 0xff, 0x00, 0x10]);
  const submit = (text: string) =>
    call('POST', '/platen/v1/jobs', { printer: 'office:laser', document: { base64: text } });

  it.each([
    ['lines of MIME', base64.replace(/.{76}/g, '$&\r\n')],
    ['indented lines', base64.replace(/.{40}/g, '$&\n    ')],
    ['blanks around it', ` ${base64}\n`],
  ])('is taken with %s', async (_what, text) => {
    expect(await documentOf((await submit(text)).json.jobs[0].id)).toEqual(pdf);
  });

  it('is taken in its URL-safe form, with and without padding', async () => {
    const padded = odd.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

    for (const text of [padded, odd.toString('base64url')]) {
      expect(await documentOf((await submit(text)).json.jobs[0].id)).toEqual(odd);
    }
  });

  it.each([
    ['blanks in place of +', odd.toString('base64').replaceAll('+', ' ')],
    ['one character over', base64.slice(0, 41)],
    ['two characters over', base64.slice(0, 42)],
    ['three characters over', base64.slice(0, 43)],
    ['padding in the middle', `${odd.toString('base64')}${base64}`],
    ['both alphabets', '+-+-'],
    ['bits that belong to no octet', 'aGVsbG9='],
  ])('is refused with %s', async (_what, text) => {
    expect(await submit(text)).toMatchObject({ status: 400, json: { error: { code: 'bad-value' } } });
  });

  it.each([
    ['blanks in place of +', odd.toString('base64').replaceAll('+', ' ')],
    ['one character over', base64.slice(0, 41)],
    ['characters outside of the alphabet', `${base64.slice(0, 40)}äö${base64.slice(40)}`],
  ])('is refused in ScriptX’s document with %s', async (_what, text) => {
    const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

    const answer = await call(
      'POST',
      '/api/v1/printPdf/print',
      { document: `data:application/pdf;base64,${text}` },
      { authorization },
    );

    expect(answer).toMatchObject({ status: 202, json: { status: 3, message: expect.stringContaining('not base64') } });
  });

  it('is refused in PDF.co’s upload when a data URI is not in it', async () => {
    expect((await call('POST', '/v1/file/upload/base64', { file: 'data:text/plain,abcd' })).status).toBe(454);
  });

  it('is refused in PDF.co’s upload when it is cut', async () => {
    expect((await call('POST', '/v1/file/upload/base64', { file: base64.slice(0, 41) })).status).toBe(454);
  });
});

describe('null, empty texts and empty lists', () => {
  it.each([
    [{ options: { copies: null, sides: null } }],
    [{ options: null }],
    [{ options: [] }],
    [{ name: '' }],
    [{ document: { base64: 'aGVsbG8K', uploadId: '' } }],
    [{ document: { base64: 'aGVsbG8K', uploadId: null } }],
    [{ printers: [] }],
    [{ options: { 'page-ranges': [] } }],
    [{ options: { media: '' } }],
  ])('mean that nothing was said: %j', async members => {
    expect(await call('POST', '/platen/v1/jobs', { ...submission, ...members })).toMatchObject({ status: 201 });
  });

  it('mean the same where an upload is opened', async () => {
    const answer = await call('POST', '/platen/v1/uploads', { octets: 9_000_000, name: '', sha256: '' });

    expect(answer).toMatchObject({ status: 201, json: { octets: 9_000_000 } });
  });

  it('mean the same in CirrusPrint’s changes', async () => {
    expect((await call('GET', '/api/put/device/acme/office/laser?Type=&IsInactive=&Notes=x')).json).toMatchObject({
      IsInactive: false,
      Notes: 'x',
    });
  });
});

describe('a member that is not known', () => {
  it.each([
    [{ copies: 3 }, '"copies" is unknown. Did you mean "options.copies"?'],
    [{ Options: { copies: 3 } }, '"Options" is unknown. Did you mean "options"?'],
    [{ title: 'Invoice 7' }, '"title" is unknown. Did you mean "name"?'],
    [{ option: { copies: 3 } }, '"option" is unknown. Did you mean "options"?'],
    [{ options: { copys: 3 } }, '"options.copys" is unknown. Did you mean "copies"?'],
    [{ document: { base64: 'aGVsbG8K', base46: 'x' } }, '"document.base46" is unknown. Did you mean "base64"?'],
    [
      { colour: true },
      '"colour" is unknown. Known are printer, printers, name, options, user, tags, expiresAt, expiresInSeconds, printBefore, hold, holdUntil, supersedes, callback, output, dryRun, document.',
    ],
  ])('is refused: %j', async (members, message) => {
    const answer = await call('POST', '/platen/v1/jobs', { ...submission, ...members });

    expect(answer).toMatchObject({ status: 400, json: { error: { message } } });
  });

  it('is refused in every other body and in the query of a list', async () => {
    const answers = [
      await call('POST', '/platen/v1/uploads', { octets: 5, size: 5 }),
      await call('PATCH', '/platen/v1/printers/office:laser', { actve: false }),
      await call('PUT', '/platen/v1/locations/office', { title: 'Office' }),
      await call('GET', '/platen/v1/jobs?stat=pending'),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  });
});

describe('the JSON that opens an upload', () => {
  it.each([
    'application/x-www-form-urlencoded',
    'text/plain;charset=UTF-8',
    'application/vnd.api+json',
    'application/json; charset=utf-8',
    'application/octet-stream',
  ])('is understood as %s', async type => {
    const answer = await call(
      'POST',
      '/platen/v1/uploads',
      { octets: 9_000_000, name: 'a.pdf' },
      { 'content-type': type },
    );

    expect(answer).toMatchObject({ status: 201, json: { state: 'open', name: 'a.pdf' } });
  });

  it('is not any other text, and a form is no document', async () => {
    const text = await call('POST', '/platen/v1/uploads', '{"pages": 1}', { 'content-type': 'text/plain' });
    const form = await call('POST', '/platen/v1/uploads', pdf, { 'content-type': 'application/x-www-form-urlencoded' });

    expect(text).toMatchObject({ status: 201, json: { state: 'completed', octets: 12 } });
    expect(form).toMatchObject({ status: 415, json: { error: { code: 'unsupported-media-type' } } });
  });
});

describe('a digest that was announced', () => {
  const of = (algorithm: string, bytes: Uint8Array = pdf) => createHash(algorithm).update(bytes).digest('base64');
  const headers: [name: string, value: (bytes?: Buffer) => string][] = [
    ['content-md5', bytes => of('md5', bytes)],
    ['content-digest', bytes => `sha-256=:${of('sha256', bytes)}:`],
    ['repr-digest', bytes => `sha-512=:${of('sha512', bytes)}:`],
    ['digest', bytes => `SHA-256=${of('sha256', bytes)}`],
  ];
  it.each(headers)('is checked: %s', async (name, value) => {
    const put = (bytes?: Buffer) => call('PUT', '/api/putfile?targets=office:laser', pdf, { [name]: value(bytes) });

    expect(await put()).toMatchObject({ status: 200 });
    expect(await put(Buffer.from('other'))).toMatchObject({ status: 400, text: expect.stringContaining('digest') });
  });

  it('says nothing when its algorithm is not known', async () => {
    const answer = await call('PUT', '/api/putfile?targets=office:laser', pdf, { digest: 'unixsum=30637' });

    expect(answer.status).toBe(200);
  });
});

describe('names of files in forms', () => {
  it.each([
    ['Invoice %22March%22.pdf', 'Invoice _March_.pdf'],
    ['Invoice \\"March\\".pdf', 'Invoice _March_.pdf'],
    ['C:\\docs\\new\\table.pdf', 'table.pdf'],
    ['50%25 off.pdf', '50%25 off.pdf'],
    ['a%0D%0Ab.pdf', 'a__b.pdf'],
  ])('are %s', async (sent, name) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };

    expect((await call('POST', '/v1/file/upload', formOf(file(sent)), headers)).json).toMatchObject({ name });
  });

  it('are read in the character set of old Windows programs', async () => {
    const head = Buffer.from(
      '--B\r\nContent-Disposition: form-data; name="file"; filename="M\xfcller.pdf"\r\n\r\n',
      'latin1',
    );
    const body = Buffer.concat([head, pdf, Buffer.from('\r\n--B--\r\n')]);

    const answer = await call('POST', '/v1/file/upload', body, { 'content-type': 'multipart/form-data; boundary=B' });

    expect(answer.json).toMatchObject({ name: 'Müller.pdf' });
  });
});

describe('the address of a file', () => {
  const forwarded: [headers: Record<string, string>, origin: string][] = [
    [{}, 'https://platen.test'],
    [{ 'x-forwarded-proto': 'https, http' }, 'https://platen.test'],
    [{ 'x-forwarded-proto': 'http,https' }, 'http://platen.test'],
    [{ 'x-forwarded-proto': 'gopher' }, 'https://platen.test'],
    [{ 'x-forwarded-host': 'print.example.com, inner' }, 'https://print.example.com'],
    [{ 'x-forwarded-host': 'print.example.com', 'x-forwarded-port': '8443' }, 'https://print.example.com:8443'],
    [{ 'x-forwarded-host': 'print.example.com', 'x-forwarded-port': '443' }, 'https://print.example.com'],
    [{ 'x-forwarded-host': '"><script>' }, 'https://platen.test'],
    [{ forwarded: 'for=192.0.2.1;proto=http;host=print.example.com, for=10.0.0.1' }, 'http://print.example.com'],
    [{ forwarded: 'proto=https;host="[2001:db8::1]:8443"' }, 'https://[2001:db8::1]:8443'],
    [{ forwarded: 'for=192.0.2.1', 'x-forwarded-proto': 'http' }, 'http://platen.test'],
  ];
  it.each(forwarded)('follows proxies: %j', async (headers, origin) => {
    const answer = await call('POST', '/v1/file/upload/base64', { file: base64 }, headers);

    expect(new URL(answer.json.url).origin).toBe(origin);
  });
});

it.each([
  ['/api/v1/printHtml/print', 'POST', 'Basic realm="Platen"'],
  ['/api/tempfile', 'GET', 'Bearer realm="Platen"'],
  ['/platen/v1/jobs', 'GET', 'Bearer realm="Platen"'],
  ['/v1/account/credit/balance', 'GET', 'ApiKey realm="Platen"'],
])('a 401 of %s says how a client shows who it is', async (path, method, challenge) => {
  const answer = await call(method, path, method === 'POST' ? '{}' : undefined, { authorization: '', 'x-api-key': '' });

  expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': challenge } });
});
