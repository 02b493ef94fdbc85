import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobId } from '../../../shared/core/domain/ids.ts';
import { company, key, openWorld, otherKey, type World } from '../world.ts';

/* Jobs in Platen's own dialect: where documents come from, finding jobs, printing them again, moving them. */

const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
const png = Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1');

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const [route = '', query] = path.split('?');
  const answer = await world.call({
    method,
    path: `/platen/v1/${route}`,
    query,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: answer.statusCode, json: JSON.parse(answer.body ?? '{}') };
}

const submit = async (members: object = {}, bytes = pdf) =>
  await call('POST', 'jobs', { printer: 'office:laser', document: { base64: bytes.toString('base64') }, ...members });
const submitted = async (members: object = {}) => (await submit(members)).json.jobs[0];

async function conversionOf(id: string): Promise<object> {
  const job = await world.ports.jobs.get(id as JobId);
  if (job?.source.kind !== 'conversion') throw new Error('The job has no conversion.');
  const stored = await world.ports.documents.read(job.source.key);
  return JSON.parse(Buffer.concat(await Array.fromAsync(stored ?? [])).toString());
}

/** The laser printer as its relay reports it, or without formats. */
async function offering(...formats: string[]) {
  const printer = await world.ports.registry.getPrinter(company, { locationId: 'office', deviceId: 'laser' });
  if (!printer) throw new Error('No printer.');
  const attributes = { 'document-format-supported': formats };
  const device = { deviceId: 'laser', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] };
  await world.ports.registry.savePrinter({ ...printer, device });
}

describe('a document', () => {
  it('is a page to render, from markup with data, or from an address', async () => {
    const template = { html: '<p>{{name}}</p>', templateData: { name: 'Ada' }, baseUrl: 'https://example.com/a/' };
    const { json: markup } = await submit({ document: template, options: { media: 'iso_a5_148x210mm' } });
    const { json: web } = await submit({ document: { pageUrl: 'https://example.com/invoices/7', tagged: true } });

    expect(markup.jobs[0]).toMatchObject({ name: 'page.pdf', state: 'pending', summary: 'queued' });
    expect(await conversionOf(markup.jobs[0].id)).toMatchObject({
      kind: 'page',
      content: { kind: 'html', html: '<p>{{name}}</p>', template: { name: 'Ada' }, baseUrl: 'https://example.com/a/' },
      paper: { width: 148, height: 210 },
    });
    expect(web.jobs[0].name).toBe('7');
    expect(await conversionOf(web.jobs[0].id)).toMatchObject({
      content: { kind: 'url', url: 'https://example.com/invoices/7' },
      tagged: true,
    });
  });

  it('is fetched from an address and printed as it is', async () => {
    const { json } = await submit({ document: { url: 'https://example.com/label.zpl' }, name: 'Label' });

    expect(json.jobs[0].name).toBe('Label');
    expect(await conversionOf(json.jobs[0].id)).toEqual({
      kind: 'fetch',
      document: { kind: 'url', url: 'https://example.com/label.zpl' },
    });
  });

  it.each([
    [{ url: 'file:///etc/passwd' }, 'bad-address'],
    [{ pageUrl: 'example.com' }, 'bad-address'],
    [{ html: '<p>', baseUrl: 'x' }, 'bad-address'],
    [{ html: '<p>', url: 'https://example.com/' }, 'bad-request'],
    [{ html: '', url: '' }, 'bad-request'],
    [{ baseUrl: 'https://example.com/' }, 'bad-request'],
    [{ base64: 'aGVsbG8K', templateData: {} }, 'bad-request'],
    [{ url: 'https://example.com/', tagged: true }, 'bad-request'],
    [{ pageUrl: 'https://example.com/', baseUrl: 'https://example.com/' }, 'bad-request'],
  ])('is refused as %j', async (document, code) => {
    expect(await submit({ document })).toMatchObject({ json: { code } });
  });
});

describe('a printer that lists its formats', () => {
  it('is not sent what it does not take', async () => {
    await offering('application/pdf', 'image/jpeg', 'image/pwg-raster');

    const sent = await submit({}, png);
    const { json: upload } = await call('POST', 'uploads', undefined, {});
    const detail = 'office:laser takes PDF, JPEG, PWG raster; this document is PNG. Convert it to PDF first.';

    expect(upload.code).toBe('bad-request');
    expect(sent).toMatchObject({ status: 415, json: { code: 'unsupported-media-type', detail } });
    expect((await submit()).status).toBe(201);
    expect((await world.ports.jobs.list(company, 10)).jobs).toHaveLength(1);
  });

  it('is not sent it out of an upload either', async () => {
    await offering('application/pdf');
    const answer = await world.call({
      method: 'POST',
      path: '/platen/v1/uploads',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'image/png' },
      body: png,
    });

    const { id } = JSON.parse(answer.body ?? '');

    expect(await submit({ document: { uploadId: id } })).toMatchObject({ status: 415 });
  });

  it.each([
    [['application/octet-stream'], png],
    [['image/png'], png],
    [['Text/Plain; charset=utf-8'], Buffer.from('hello')],
    [['image/pwg-raster'], pdf],
  ])('takes what it lists, any octets, and PDF where its relay can make raster of it: %j', async (formats, bytes) => {
    await offering(...formats);

    expect((await submit({}, bytes)).status).toBe(201);
  });
});

it.each([
  ['office:lasr', 'Unknown printer office:lasr. Did you mean office:laser?'],
  ['Office:Laser', 'Unknown printer Office:Laser. Did you mean office:laser?'],
  ['warehouse:zebra', 'Unknown printer warehouse:zebra.'],
])('an unknown printer is refused with what may be meant: %s', async (printer, detail) => {
  expect(await submit({ printer })).toMatchObject({ status: 404, json: { detail } });
});

describe('the list of jobs', () => {
  it('is filtered by state, printer, location, user, tag, dialect, text and time', async () => {
    const ada = await submitted({ name: 'Invoice 7', user: 'ada', tags: ['till', 'north'] });
    world.wait(60_000);
    const label = await submitted({ name: 'Label', printer: 'office:label', user: 'bob' });
    await call('POST', `jobs/${label.id}/cancel`);
    const ids = async (query: string) =>
      (await call('GET', `jobs?${query}`)).json.jobs.map(({ id }: { id: string }) => id);

    expect(await ids('user=ada')).toEqual([ada.id]);
    expect(await ids('tag=north')).toEqual([ada.id]);
    expect(await ids('tag=nor')).toEqual([]);
    expect(await ids('dialect=platen')).toEqual([label.id, ada.id]);
    expect(await ids('dialect=scriptx')).toEqual([]);
    expect(await ids('text=INVOICE')).toEqual([ada.id]);
    expect(await ids('printer=office:label')).toEqual([label.id]);
    expect(await ids('location=office')).toEqual([label.id, ada.id]);
    expect(await ids('state=active')).toEqual([ada.id]);
    expect(await ids('state=ended')).toEqual([label.id]);
    expect(await ids('state=canceled')).toEqual([label.id]);
    expect(await ids(`since=${encodeURIComponent(label.submittedAt)}`)).toEqual([label.id]);
    expect(await ids(`until=${encodeURIComponent(label.submittedAt)}`)).toEqual([ada.id]);
    expect(ada).toMatchObject({ user: 'ada', tags: ['till', 'north'] });
  });

  it('goes on where a filtered page ended, and loses and repeats nothing', async () => {
    const made: string[] = [];
    for (let index = 0; index < 7; index++) {
      made.unshift((await submitted({ user: index % 2 ? 'bob' : 'ada' })).id);
      world.wait(1000);
    }
    const found: string[] = [];
    let before = '';
    do {
      const { json } = await call('GET', `jobs?user=ada&limit=2${before && `&before=${before}`}`);
      expect(json.jobs.length).toBeLessThanOrEqual(2);
      found.push(...json.jobs.map(({ id }: { id: string }) => id));
      before = json.next ? encodeURIComponent(json.next) : '';
    } while (before);

    expect(found).toEqual(made.filter((_, index) => index % 2 === 0));
  });

  it.each(['state=done', 'since=yesterday', 'status=active', 'limit=1&limit=2'])('refuses %s', async query => {
    expect((await call('GET', `jobs?${query}`)).status).toBe(400);
  });
});

describe('a copy of a job', () => {
  it('prints the same document again, with its options, and is the same copy under the same key', async () => {
    const job = await submitted({ name: 'Invoice 7', options: { copies: 2 } });
    await call('POST', `jobs/${job.id}/cancel`);

    const { status, json } = await call('POST', `jobs/${job.id}/copies`, undefined, { 'idempotency-key': 'again' });
    const repeated = await call('POST', `jobs/${job.id}/copies`, undefined, { 'idempotency-key': 'again' });

    expect(status).toBe(201);
    expect(json.jobs).toMatchObject([
      { name: 'Invoice 7', copyOf: job.id, printer: 'office:laser', octets: pdf.length },
    ]);
    expect(repeated.json.jobs[0].id).toBe(json.jobs[0].id);
    expect((await world.ports.jobs.get(json.jobs[0].id))?.template).toEqual({ copies: 2 });
  });

  it('prints on other printers', async () => {
    const job = await submitted();

    const { json } = await call('POST', `jobs/${job.id}/copies`, { printers: ['office:label', 'office:laser'] });

    expect(json.jobs.map(({ printer }: { printer: string }) => printer)).toEqual(['office:label', 'office:laser']);
  });

  it('is refused for a job of another company, and for a document that is no longer stored', async () => {
    const job = await submitted();
    const theirs = await call('POST', `jobs/${job.id}/copies`, undefined, { authorization: `Bearer ${otherKey}` });
    await world.ports.documents.delete([(await world.ports.jobs.get(job.id))?.document?.key as string]);

    expect(theirs.status).toBe(404);
    expect(await call('POST', `jobs/${job.id}/copies`)).toMatchObject({ status: 409, json: { code: 'conflict' } });
  });
});

describe('moving a job', () => {
  it('cancels it and prints it at the other printer, once however often it is asked for', async () => {
    const job = await submitted({ name: 'Invoice 7' });

    const moved = await call('POST', `jobs/${job.id}/move`, { printer: 'office:label' });
    const repeated = await call('POST', `jobs/${job.id}/move`, { printer: 'office:label' });

    expect(moved.json).toMatchObject({ name: 'Invoice 7', printer: 'office:label', copyOf: job.id, state: 'pending' });
    expect(repeated.json.id).toBe(moved.json.id);
    expect((await call('GET', `jobs/${job.id}`)).json.state).toBe('canceled');
    expect((await world.ports.jobs.list(company, 10)).jobs).toHaveLength(2);
  });

  it.each([
    ['office:asleep', 409],
    ['office:nothing', 404],
  ])('leaves the job as it is when the other printer does not take it: %s', async (printer, status) => {
    const job = await submitted();

    expect((await call('POST', `jobs/${job.id}/move`, { printer })).status).toBe(status);
    expect((await call('GET', `jobs/${job.id}`)).json.state).toBe('pending');
  });

  it('is refused for a job that has ended', async () => {
    const job = await submitted();
    await call('POST', `jobs/${job.id}/cancel`);

    expect((await call('POST', `jobs/${job.id}/move`, { printer: 'office:label' })).status).toBe(409);
  });
});
