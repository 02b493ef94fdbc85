import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../shared/contracts/contract.ts';
import * as requests from '../../../shared/contracts/platen/requests.ts';
import * as webhooks from '../../../shared/contracts/platen/webhook-requests.ts';

/* What the requests of Platen's own dialect ask of the use cases. */

interface Given {
  query?: string;
  headers?: Record<string, string>;
  parameters?: Record<string, string>;
  body?: string | object;
}

function requestOf({ query = '', headers = {}, parameters = {}, body = '' }: Given): HttpRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = { query: new URLSearchParams(query), headers, parameters, body: Buffer.from(text) };
  return {
    ...request,
    method: 'POST',
    path: '/',
    origin: 'https://platen.test',
    queryText: query,
  } as unknown as HttpRequest;
}

const at = '2026-01-02T03:04:05Z';
const refusedWith = (code: string) => expect.objectContaining({ code });
const hello = 'aGVsbG8=';

it.each<[Record<string, string>, string | undefined]>([
  [{ authorization: 'Bearer k' }, 'k'],
  [{ authorization: 'bearer  k ' }, 'k'],
  [{ authorization: 'Bearer k', 'x-api-key': 'other' }, 'k'],
  [{ 'x-api-key': 'other' }, 'other'],
  [{ authorization: 'Basic k', 'x-api-key': 'other' }, 'other'],
  [{ authorization: 'Bearer' }, undefined],
  [{ authorization: 'Bearer a b' }, undefined],
  [{ authorization: 'no Bearer k' }, undefined],
  [{}, undefined],
])('the key in %j is %s', (headers, key) => {
  expect(requests.anyKey(requestOf({ headers }))).toBe(key);
});

describe('a submission', () => {
  const printer = 'office:laser';
  const target = { locationId: 'office', deviceId: 'laser' };
  const submission = (body: object, headers = {}) => requests.submissionOf(requestOf({ body, headers }));
  const document = { base64: hello };

  it('has everything that the client wishes', () => {
    const wishes = {
      ...{ name: 'n', user: 'u', tags: ['t'], supersedes: 's', options: { copies: 2 } },
      ...{ expiresAt: at, printBefore: '2026-01-02T04:04:05+01:00', holdUntil: at, callback: ' https://in.test ' },
    };

    expect(submission({ printer, document, ...wishes }, { 'idempotency-key': 'i' })).toEqual({
      ...{ name: 'n', user: 'u', tags: ['t'], supersedes: 's', contract: 'platen', targets: [target] },
      ...{ template: { copies: 2 }, properties: {}, idempotencyKey: 'i', bytes: Buffer.from('hello') },
      ...{ hold: { until: Date.parse(at) }, expires: { at: Date.parse(at) }, printBefore: Date.parse(at) },
      callback: { url: 'https://in.test/', origin: 'https://platen.test' },
    });
  });

  it('has nothing that it does not wish', () => {
    expect(submission({ printer, document })).toEqual({
      ...{ contract: 'platen', targets: [target], template: {}, properties: {}, bytes: Buffer.from('hello') },
    });
  });

  it.each<[object, object]>([
    [{ hold: true }, { hold: {} }],
    [{ hold: true, holdUntil: at }, { hold: { until: Date.parse(at) } }],
    [{ expiresInSeconds: 7 }, { expires: { inMilliseconds: 7000 } }],
    [
      { printer: undefined, printers: ['office:laser', 'a:b'] },
      { targets: [target, { locationId: 'a', deviceId: 'b' }] },
    ],
    [{ document: { uploadId: 'u' } }, { uploadId: 'u' }],
    [{ dryRun: true }, { document: { bytes: Buffer.from('hello') } }],
    [{ dryRun: true, document: { uploadId: 'u' } }, { document: { uploadId: 'u' } }],
    [{ dryRun: true, document: { html: '<p>' } }, { document: { conversion: { kind: 'page' } } }],
    [{ document: { html: '<p>' } }, { name: 'page.pdf', conversion: { kind: 'page' } }],
    [{ document: { html: '<p>' }, name: 'n' }, { name: 'n' }],
    [{ document: { html: '<p>', tagged: true } }, { conversion: { tagged: true } }],
    [{ document: { pageUrl: 'https://a.test/b', tagged: true } }, { name: 'b', conversion: { tagged: true } }],
    [{ document: { url: 'https://a.test' } }, { name: 'a.test', conversion: { kind: 'fetch' } }],
  ])('with %j asks for %j', (body, expected) => {
    expect(submission({ printer, document, ...body })).toMatchObject(expected);
  });

  it.each<[object, boolean]>([
    [{ document }, false],
    [{ document, dryRun: true }, true],
    [{ document: { uploadId: 'u' } }, false],
    [{ document: { html: '<p>' } }, false],
    [{ document: { html: '<p>' }, dryRun: true }, true],
  ])('%j is only checked: %s', (body, isChecked) => {
    expect('document' in submission({ printer, ...body })).toBe(isChecked);
  });

  it('makes a file instead, named and kept as it says', () => {
    const made = (output: object, name?: string) => submission({ document: { html: '<p>' }, output, name });

    expect(made({})).toMatchObject({
      ...{ targets: [], name: 'page.pdf' },
      output: { fileName: 'page.pdf', keepMilliseconds: 86_400_000, once: false },
    });
    expect(made({ fileName: 'a.pdf', keepSeconds: 60 }, 'n')).toMatchObject({
      ...{ name: 'n', output: { fileName: 'a.pdf', keepMilliseconds: 60_000 } },
    });
    expect(made({}, 'n')).toMatchObject({ output: { fileName: 'n' } });
  });

  it.each<[object, string, string]>([
    [{ document }, 'bad-request', 'location:device'],
    [{ printer, printers: ['a:b'], document }, 'bad-request', 'Send "printer" or "printers", not both.'],
    [{ printer, output: {}, document: { html: '<p>' } }, 'bad-request', 'Send "printer" or "output", not both.'],
    [{ printer: 'laser', document }, 'bad-value', 'The printer "laser" is not of the form'],
    [{ printer: 'x'.repeat(90), document }, 'bad-value', `The printer "${'x'.repeat(80)}" is not`],
    [{ printer, document: {} }, 'bad-request', '"document.base64", "uploadId"'],
    [{ printer, document: { base64: '!' } }, 'bad-value', '"document.base64" is not base64'],
    [{ output: {}, document }, 'bad-request', 'needs a document to make'],
    [{ printer, document: { base64: hello, html: '<p>' } }, 'bad-request', 'not both'],
    [{ printer, document: { base64: hello, baseUrl: 'https://a.test' } }, 'bad-request', 'only with "html"'],
    [{ printer, document: { url: 'https://a.test', templateData: {} } }, 'bad-request', 'only with "html"'],
    [{ printer, document: { url: 'https://a.test', tagged: false } }, 'bad-request', 'only with "html" or "pageUrl"'],
    [{ printer, document, expiresAt: at, expiresInSeconds: 1 }, 'bad-request', 'not both'],
    [{ printer, document, hold: false, holdUntil: at }, 'bad-request', 'not both'],
    [{ printer, document, callback: 'ftp://in.test' }, 'bad-address', '"callback" must be an http'],
    [{ printer, document: { pageUrl: 'a.test' } }, 'bad-address', '"document.pageUrl" must be'],
  ])('is refused as %j', (body, code, words) => {
    const refusal = expect.objectContaining({ code, message: expect.stringContaining(words) });

    expect(() => submission(body)).toThrow(refusal);
  });

  it('may name a time to be held until and not to be held until it', () => {
    expect(submission({ printer, document, hold: false })).toMatchObject({ hold: undefined });
  });
});

describe('an upload', () => {
  const upload = (given: Given) => requests.uploadOf(requestOf(given));
  const json = { 'content-type': 'application/json' };
  const opening = '{"octets":5}';

  it.each<[string, Given]>([
    ['JSON', { headers: json, body: opening }],
    ['JSON of another kind', { headers: { 'content-type': ' Application/vnd.a+json; charset=utf-8' }, body: opening }],
    ['JSON under another label', { headers: { 'content-type': 'application/pdf' }, body: opening }],
    ['JSON without a label', { body: `\ufeff ${opening}` }],
    ['JSON of 4096 octets', { body: opening.padEnd(4096) }],
  ])('is opened by %s', (_what, given) => {
    expect(upload(given)).toEqual({ octets: 5 });
  });

  it.each<[string, string]>([
    ['a text', 'octets'],
    ['a brace', '{ "octets'],
    ['JSON without a size', '{"name":"a"}'],
    ['JSON within a list', '[{"octets":5}]'],
    ['more than 4096 octets', opening.padEnd(4097)],
    ['what follows 16 octets', `${' '.repeat(16)}${opening}`],
  ])('is the document itself: %s', (_what, body) => {
    expect(upload({ body, query: 'name=a.txt' })).toEqual({ bytes: Buffer.from(body), name: 'a.txt' });
  });

  it('is refused as a form, and as JSON that says no size', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };

    expect(() => upload({ headers: form, body: 'a=b' })).toThrow(refusedWith('unsupported-media-type'));
    expect(() => upload({ headers: json, body: '{}' })).toThrow(refusedWith('bad-value'));
    expect(upload({ headers: { 'content-type': 'application/jsonlines' }, body: 'x' })).toMatchObject({ bytes: {} });
  });

  it.each([
    ['', 'C:\\files\\a.pdf', 'a.pdf'],
    ['', '/files/b.pdf', 'b.pdf'],
    ['', 'files/', undefined],
    ['name=c.pdf', 'a.pdf', 'c.pdf'],
    ['name=', 'a.pdf', 'a.pdf'],
  ])('in a form has the name in the query or that of its file: %j, %j', (query, fileName, name) => {
    const head = `Content-Disposition: form-data; name="f"; filename="${fileName}"`;
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };

    expect(upload({ query, headers, body: `--B\r\n${head}\r\n\r\nx\r\n--B--\r\n` })).toEqual({
      bytes: Buffer.from('x'),
      name,
    });
  });
});

describe('a request about a job', () => {
  const parameters = { job: 'j' };

  it('copies it to its own printer, or to others', () => {
    const headers = { 'idempotency-key': 'i' };

    expect(requests.copyOf(requestOf({ parameters, headers }))).toEqual({ id: 'j', idempotencyKey: 'i' });
    expect(requests.copyOf(requestOf({ parameters, body: { printers: ['a:b'] } }))).toMatchObject({
      targets: [{ locationId: 'a', deviceId: 'b' }],
    });
    expect(() => requests.copyOf(requestOf({ parameters, body: { printer: 'a:b', printers: ['a:b'] } }))).toThrow(
      'not both',
    );
  });

  it('moves it, and resolves it', () => {
    const target = { locationId: 'a', deviceId: 'b' };

    expect(requests.moveOf(requestOf({ parameters, body: { printer: 'a:b' } }))).toEqual({ id: 'j', target });
    expect(requests.resolutionOf(requestOf({ parameters, body: { as: 'printed' } }))).toEqual({
      id: 'j',
      as: 'printed',
    });
    expect(() => requests.resolutionOf(requestOf({ parameters, body: {} }))).toThrow(refusedWith('bad-value'));
  });

  it.each<[string, string, number, number]>([
    ['1', '', 1, 320],
    ['20', 'width=1280', 20, 1280],
  ])('shows its page %s with %j', (page, query, number, width) => {
    expect(requests.previewOf(requestOf({ parameters: { ...parameters, page }, query }))).toEqual({
      ...{ id: 'j', page: number, width },
    });
  });

  it.each(['0', '21', '1.5', 'x', ''])('does not show its page %j', page => {
    expect(() => requests.previewOf(requestOf({ parameters: { ...parameters, page } }))).toThrow('from 1 to 20');
  });
});

describe('a request for a list', () => {
  it('of jobs has its filters and times', () => {
    const query = `limit=5&before=b&state=active&printer=a:b&user=u&tag=t&since=${at}&until=${at}`;

    expect(requests.pageOf(requestOf({ query }))).toEqual({
      ...{ limit: 5, before: 'b', state: 'active', printer: 'a:b', user: 'u', tag: 't' },
      ...{ since: Date.parse(at), until: Date.parse(at) },
    });
    expect(requests.pageOf(requestOf({ query: '' }))).toEqual({ limit: 100 });
  });

  it('of records has a limit, and ignores the rest', () => {
    expect(requests.listPageOf(requestOf({ query: 'limit=7&cursor=c&other=1' }))).toEqual({ limit: 7, cursor: 'c' });
    expect(requests.listPageOf(requestOf({ query: 'x-api-key=k' }))).toEqual({ limit: 1000 });
  });

  it('of events waits in milliseconds', () => {
    expect(requests.eventQueryOf(requestOf({ query: 'after=3&types=job.*, relay.revoked&wait=20' }))).toEqual({
      ...{ after: 3, limit: 100, types: ['job.*', 'relay.revoked'], waitMilliseconds: 20_000 },
    });
    expect(requests.eventQueryOf(requestOf({}))).toEqual({ limit: 100, waitMilliseconds: 0 });
  });

  it('names no parameter twice', () => {
    expect(() => requests.listPageOf(requestOf({ query: 'limit=1&limit=1' }))).toThrow('"limit" may be given once');
  });
});

describe('a request for a stream', () => {
  const stream = (query: string, headers = {}) => requests.streamRequestOf(requestOf({ query, headers }));

  it('has a key or a ticket, a filter and a number to go on from', () => {
    expect(stream('types=job.held&subject=j&after=3', { 'x-api-key': 'k' })).toEqual({
      ...{ types: ['job.held'], subject: 'j', after: 3, key: 'k', isNamed: false },
    });
    expect(stream('ticket=t&named=1')).toEqual({ ticket: 't', isNamed: true });
  });

  it.each([
    ['0', 0],
    ['9'.repeat(15), 999_999_999_999_999],
    ['9'.repeat(16), 3],
    ['-1', 3],
    ['1x', 3],
    ['', 3],
  ])('goes on after Last-Event-ID %j: %i', (last, after) => {
    expect(stream('after=3', { 'last-event-id': last }).after).toBe(after);
  });

  it('opens with a filter, or without one', () => {
    expect(requests.streamOpeningOf(requestOf({}))).toEqual({});
    expect(requests.streamOpeningOf(requestOf({ body: { types: ['job.*'] } }))).toEqual({ types: ['job.*'] });
    expect(() => requests.streamOpeningOf(requestOf({ body: { types: ['eaten'] } }))).toThrow(refusedWith('bad-value'));
  });
});

describe('a request of an administrator', () => {
  const parameters = { printer: 'a:b', location: 'a' };
  const address = { locationId: 'a', deviceId: 'b' };

  it('makes a key that prints, or what it says', () => {
    expect(requests.newKey(requestOf({ body: { name: 'till' } }))).toEqual({ name: 'till', scopes: ['print'] });
    expect(requests.newKey(requestOf({ body: { name: 'till', scopes: ['read'], expiresAt: at } }))).toEqual({
      ...{ name: 'till', scopes: ['read'], expiresAt: Date.parse(at) },
    });
  });

  it('changes a printer; null takes its expiry away', () => {
    const changes = (body: object) => requests.printerUpdate(requestOf({ parameters, body }));

    expect(changes({ active: true, notes: '' })).toStrictEqual({ address, changes: { active: true, notes: '' } });
    expect(changes({ expiresInSeconds: 5 })).toStrictEqual({ address, changes: { expiresInSeconds: 5 } });
    expect(changes({ expiresInSeconds: null })).toStrictEqual({ address, changes: { expiresInSeconds: undefined } });
    expect(changes({ name: null })).toStrictEqual({ address, changes: {} });
    expect(() => changes({ name: '' })).toThrow(refusedWith('bad-request'));
  });

  it('makes a location without a body, and changes one with it', () => {
    const update = (body?: object) => requests.locationUpdate(requestOf({ parameters, body }));

    expect(update()).toEqual({ address: { locationId: 'a' }, changes: {} });
    expect(update({ name: 'A', notes: '' })).toEqual({
      address: { locationId: 'a' },
      changes: { name: 'A', notes: '' },
    });
  });

  it('invites a relay, and prints a test page', () => {
    const headers = { 'idempotency-key': 'i' };

    expect(requests.invitationOf(requestOf({ parameters }))).toEqual({ locationId: 'a' });
    expect(requests.invitationOf(requestOf({ parameters, body: { replace: true } }))).toMatchObject({ replace: true });
    expect(requests.testPageOf(requestOf({ parameters, headers }))).toEqual({ target: address, idempotencyKey: 'i' });
    expect(requests.testPageOf(requestOf({ parameters, body: { language: 'zpl' } }))).toMatchObject({
      language: 'zpl',
    });
  });
});

it('a relay is enrolled and renewed by what it sends', () => {
  const renewal = { relayId: 'r', csr: 'c', at: 5, signature: 's' };

  expect(requests.renewRequest(requestOf({ body: renewal }))).toEqual(renewal);
  expect(requests.enrolRequest(requestOf({ body: { code: 'c', csr: 'r' } }))).toEqual({ code: 'c', csr: 'r' });
});

describe('a request about a webhook', () => {
  const parameters = { webhook: 'w', replay: 'r' };
  const replay = (body: object) => webhooks.replayOf(requestOf({ parameters, body }));

  it('makes and changes it', () => {
    const asked = { url: 'https://erp.test', name: 'ERP', types: ['job.*'], locations: ['a'], printers: ['a:b'] };

    expect(webhooks.newWebhookOf(requestOf({ body: asked }))).toEqual(asked);
    expect(webhooks.webhookUpdate(requestOf({ parameters, body: { state: 'paused' } }))).toEqual({
      ...{ id: 'w', changes: { state: 'paused' } },
    });
    expect(webhooks.replayAddress(requestOf({ parameters }))).toEqual({ id: 'w', replayId: 'r' });
    expect(() => webhooks.newWebhookOf(requestOf({ body: { ...asked, types: ['eaten'] } }))).toThrow(
      refusedWith('bad-value'),
    );
  });

  it('rotates its key and enables it, with a body or without one', () => {
    expect(webhooks.rotationOf(requestOf({ parameters }))).toEqual({ id: 'w' });
    expect(webhooks.rotationOf(requestOf({ parameters, body: { overlapHours: 0 } }))).toEqual({
      id: 'w',
      overlapHours: 0,
    });
    expect(webhooks.enablingOf(requestOf({ parameters }))).toEqual({ id: 'w' });
    expect(webhooks.enablingOf(requestOf({ parameters, body: { replayFrom: 3 } }))).toEqual({ id: 'w', replayFrom: 3 });
  });

  it.each([
    ['', undefined],
    ['state=delivered', true],
    ['state=failed', false],
  ])('lists its tries with %j', (query, isDelivered) => {
    expect(webhooks.deliveryQueryOf(requestOf({ parameters, query }))).toEqual({ id: 'w', limit: 100, isDelivered });
  });

  it.each<[object, object]>([
    [{ from: 3 }, { from: { sequence: 3 }, isCounted: false }],
    [
      { from: at, to: 9, dryRun: true },
      { from: { at: Date.parse(at) }, to: { sequence: 9 }, isCounted: true },
    ],
    [{ from: 3, to: at }, { to: { at: Date.parse(at) } }],
    [{ eventIds: ['e'] }, { eventIds: ['e'], from: undefined, failedSince: undefined }],
    [{ failed: true, since: at }, { failedSince: Date.parse(at) }],
  ])('replays %j', (body, expected) => {
    expect(replay(body)).toMatchObject({ id: 'w', ...expected });
  });

  it.each([
    [{}, 'Send one of'],
    [{ from: 3, eventIds: ['e'] }, 'Send one of'],
    [{ from: 3, failed: true, since: at }, 'Send one of'],
    [{ failed: true }, '"since" is missing'],
    [{ failed: false }, '"failed"'],
  ])('replays nothing for %j', (body, words) => {
    expect(() => replay(body)).toThrow(words);
  });
});

describe('a body', () => {
  const moved = (body: string | object, headers = {}) =>
    requests.moveOf(requestOf({ parameters: { job: 'j' }, headers, body }));
  const submitted = (body: object) => () => requests.submissionOf(requestOf({ body }));
  const printable = { printer: 'a:b', document: { base64: hello } };

  it('is a JSON object in any character set, with a byte order mark or without one', () => {
    const latin1 = { 'content-type': 'application/json; charset=iso-8859-1' };

    expect(moved('\ufeff{"printer":"a:b"}').target).toEqual({ locationId: 'a', deviceId: 'b' });
    expect(moved('{"printer":"a:b"}', latin1).target.deviceId).toBe('b');
    for (const text of ['[]', '7', 'null', '"a"', '{', '{"printer":"a:\ufffd"}'])
      expect(() => moved(text)).toThrow(refusedWith('bad-request'));
  });

  it.each<[object, string, string]>([
    [{ name: 7 }, 'bad-request', '"name" must be a text, not 7.'],
    [{ name: ['a'] }, 'bad-request', '"name" must be a text, not ["a"].'],
    [{ document: 'x' }, 'bad-request', '"document" must be an object, not "x".'],
    [{ printer: undefined, printers: 'a:b' }, 'bad-request', '"printers" must be a list, not "a:b".'],
    [{ hold: 'yes' }, 'bad-value', '"hold" must be true or false, not "yes".'],
    [
      { options: { copies: 'x'.repeat(99) } },
      'bad-value',
      `"options.copies" must be a number, not "${'x'.repeat(79)}.`,
    ],
    [{ options: { copies: 1.5 } }, 'bad-value', '"options.copies" must be a whole number, not 1.5.'],
    [{ options: { copies: 0 } }, 'bad-value', '"options.copies" must have at least 1, not 0.'],
    [{ options: { copies: 10_000 } }, 'bad-value', '"options.copies" may have at most 9999.'],
    [{ options: { sides: 'both' } }, 'bad-value', '"options.sides" must be "one-sided" or'],
    [{ user: 'u'.repeat(256) }, 'bad-value', '"user" may have at most 255 characters.'],
    [{ tags: Array(21).fill('t') }, 'bad-value', '"tags" may have at most 20 entries.'],
    [{ tags: [''] }, 'bad-request', '"tags.0" must have at least 1 characters, not "".'],
    [{ expiresAt: 'x' }, 'bad-value', '"expiresAt" cannot be "x": '],
    [{ document: undefined }, 'bad-request', '"document" is missing.'],
    [{ ['x'.repeat(99)]: 1 }, 'bad-request', `"${'x'.repeat(80)}" is unknown. Known are printer,`],
    [{ qty: 1 }, 'bad-request', 'Did you mean "options.copies"?'],
    [{ constructor: 1 }, 'bad-request', '"constructor" is unknown. Known are printer,'],
    [{ options: { colour: 1 } }, 'bad-value', '"options.colour" is unknown. Known are copies,'],
  ])('with %j is refused by name', (members, code, words) => {
    const refusal = expect.objectContaining({ code, message: expect.stringContaining(words) });

    expect(submitted({ ...printable, ...members })).toThrow(refusal);
  });

  it('may have null, an empty text or an empty list for what is not set', () => {
    const unset = {
      name: '',
      printers: [],
      tags: [],
      options: null,
      user: null,
      document: { ...printable.document, html: '' },
    };

    expect(submitted({ ...printable, ...unset })()).toEqual(submitted(printable)());
    expect(submitted({ ...printable, options: { copies: null } })).not.toThrow();
    expect(submitted({ ...printable, nonsense: null })).toThrow(refusedWith('bad-request'));
  });
});
