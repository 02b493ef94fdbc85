import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PrintError } from '../../../shared/core/domain/errors.ts';
import type { JobId } from '../../../shared/core/domain/ids.ts';
import type { ConversionContext, Converter } from '../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../shared/core/usecases/documents/prepare-jobs.ts';
import { notify } from '../../../shared/core/usecases/jobs/notify.ts';
import { handleRelayEvent } from '../../../shared/core/usecases/jobs/relay-events.ts';
import { sweep } from '../../../shared/core/usecases/upkeep/sweep.ts';
import { describeEnd } from '../../../shared/handlers/describe-end.ts';
import { company, key, openWorld, otherKey, printOnlyKey, relayId, startedAt, type World } from '../world.ts';

/* What a client may wish for a job in Platen's own dialect: when it prints, what it replaces, who hears of its end. */

const pdf = Buffer.from('%PDF-1.4\n2 0 obj<</Type/Pages/Kids[]/Count 3>>endobj\n%%EOF\n');
const minute = 60_000;
const timeIn = (milliseconds: number) => new Date(startedAt + milliseconds).toISOString();

const convert = vi.hoisted(() => vi.fn<Converter['convert']>());
vi.mock('#converter', () => ({ converter: { convert } }));

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await world.call({
    method,
    path: `/platen/v1/${path}`,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const isJson = answer.headers?.['content-type']?.toString().includes('json');
  return { status: answer.statusCode, json: isJson ? JSON.parse(answer.body ?? '{}') : undefined, answer };
}

const submit = async (members: object = {}, headers = {}) =>
  await call(
    'POST',
    'jobs',
    { printer: 'office:laser', document: { base64: pdf.toString('base64') }, ...members },
    headers,
  );
const submitted = async (members: object = {}, headers = {}) => (await submit(members, headers)).json.jobs[0];
const shown = async (id: string) => (await call('GET', `jobs/${id}`)).json;
const asked = (jobId: string, ask: number, waits: boolean) =>
  handleRelayEvent(world.ports, {
    ...{ type: 'acknowledge', relayId, jobId: jobId as JobId, attempt: 1 },
    ...{ instance: 'one', ask, waits, reportSequence: 0 },
  });
const answers = () => world.sent.map(({ message }) => message.type);

describe('a hold', () => {
  it('keeps a job from the relay until it is released, and lets later ones pass', async () => {
    const held = await submitted({ hold: true });
    const later = await submitted();

    await handleRelayEvent(world.ports, { type: 'fetch', relayId });
    const released = await call('POST', `jobs/${held.id}/release`);

    expect(held).toMatchObject({ state: 'pending-held', summary: 'held', hold: {} });
    expect(world.sent.at(-1)?.message).toMatchObject({ type: 'tickets', tickets: [{ jobId: later.id }] });
    expect(released.json).toMatchObject({ state: 'pending', history: [{ actor: 'test' }, { actor: 'test' }] });
    expect(world.queued).toContainEqual(expect.objectContaining({ queue: 'offer' }));
    expect((await call('POST', `jobs/${held.id}/release`)).json.code).toBe('conflict');
    expect((await call('POST', `jobs/${later.id}/release`)).json.code).toBe('conflict');
  });

  it('ends at its time', async () => {
    const { id } = await submitted({ holdUntil: timeIn(10 * minute) });

    world.wait(10 * minute - 1);
    await sweep(world.ports);
    const before = await shown(id);
    world.wait(1);
    await sweep(world.ports);

    expect(before.summary).toBe('held');
    expect((await shown(id)).state).toBe('pending');
  });

  it('can be canceled and moved, and stays with the moved job', async () => {
    const held = await submitted({ hold: true });
    const other = await submitted({ hold: true });

    const moved = await call('POST', `jobs/${held.id}/move`, { printer: 'office:label' });
    const canceled = await call('POST', `jobs/${other.id}/cancel`);

    expect(moved.json).toMatchObject({ state: 'pending-held', printer: 'office:label' });
    expect(await shown(held.id)).toMatchObject({ state: 'canceled', message: 'Moved to office:label.' });
    expect(canceled.json.state).toBe('canceled');
  });
});

describe('an expiry', () => {
  it('ends a job in time, also when its relay asks before the sweep does', async () => {
    const [swept, fetched, begun] = [
      await submitted({ expiresInSeconds: 60 }),
      await submitted({ printBefore: timeIn(minute) }),
      await submitted({ expiresAt: timeIn(minute) }),
    ];
    await asked(begun.id, 1, false);
    world.sent.length = 0;

    world.wait(minute);
    await asked(fetched.id, 1, false);
    await asked(begun.id, 2, false);
    await sweep(world.ports);

    expect(await shown(swept.id)).toMatchObject({ summary: 'expired', reasons: ['aborted-by-system', 'expired'] });
    expect(await shown(fetched.id)).toMatchObject({ summary: 'expired', state: 'aborted' });
    expect((await shown(fetched.id)).message).toContain('was to be printed before');
    expect(await shown(begun.id)).toMatchObject({ summary: 'cancelling' });
    expect(answers()).toEqual(expect.arrayContaining(['refused', 'cancel']));
    expect(answers()).not.toContain('granted');
  });

  it('comes from the printer if the job does not say', async () => {
    await call('PATCH', 'printers/office:laser', { expiresInSeconds: 3600 });

    expect((await submitted()).expiresAt).toBe(timeIn(60 * minute));
    expect((await submitted({ expiresInSeconds: 60 })).expiresAt).toBe(timeIn(minute));
  });

  it.each([
    [{ expiresAt: timeIn(-1) }, 'has passed'],
    [{ printBefore: timeIn(0) }, 'has passed'],
    [{ holdUntil: timeIn(31 * 24 * 60 * minute) }, 'more than 30 days ahead'],
    [{ holdUntil: timeIn(2 * minute), expiresInSeconds: 60 }, 'before its hold ends'],
    [{ expiresAt: timeIn(minute), expiresInSeconds: 60 }, 'not both'],
    [{ expiresInSeconds: 0 }, 'at least 1'],
    [{ expiresAt: 'tomorrow' }, '"expiresAt"'],
    [{ hold: false, holdUntil: timeIn(minute) }, 'not both'],
  ])('is refused: %j', async (members, words) => {
    const { status, json } = await submit(members);

    expect(status).toBe(400);
    expect(json.detail).toContain(words);
    expect((await world.ports.jobs.list(company, 10)).jobs).toEqual([]);
  });
});

describe('a job that supersedes', () => {
  it('replaces the older one of its printer, held, waiting, or at a relay that has not begun', async () => {
    const first = await submitted({ supersedes: 'order 7' });
    const elsewhere = await submitted({ supersedes: 'order 7', printer: 'office:label' });
    await asked(first.id, 1, true);
    const second = await submitted({ supersedes: 'order 7', hold: true });
    const third = await submitted({ supersedes: 'order 7' });

    expect(await shown(first.id)).toMatchObject({ summary: 'replaced', supersededBy: second.id });
    expect(await shown(second.id)).toMatchObject({ state: 'canceled', supersededBy: third.id });
    expect((await shown(second.id)).message).toBe(`Replaced by the newer job ${third.id}.`);
    expect(await shown(third.id)).toMatchObject({ state: 'pending' });
    expect(await shown(elsewhere.id)).toMatchObject({ state: 'pending' });

    world.sent.length = 0;
    await asked(first.id, 2, false);
    expect(answers()).toEqual(['refused']);
  });

  it('leaves what is being printed alone, and replaces nothing when it is repeated', async () => {
    const first = await submitted({ supersedes: 'order 7' });
    await asked(first.id, 1, false);
    const second = await submitted({ supersedes: 'order 7' }, { 'idempotency-key': 'b' });
    const again = await submitted({ supersedes: 'order 7' }, { 'idempotency-key': 'b' });

    expect(again.id).toBe(second.id);
    expect(await shown(first.id)).toMatchObject({ state: 'processing' });
    expect(await shown(second.id)).toMatchObject({ state: 'pending' });
  });

  it('replaces the older one after all when the first call ended too early', async () => {
    const first = await submitted({ supersedes: 'order 7' });
    const { supersede } = world.ports.jobs;
    world.ports.jobs.supersede = async () => {
      throw new Error('the process ended');
    };
    const second = await submitted({ supersedes: 'order 7' }, { 'idempotency-key': 'b' });
    world.ports.jobs.supersede = supersede;
    const before = await shown(first.id);

    await submitted({ supersedes: 'order 7' }, { 'idempotency-key': 'b' });

    expect(before.state).toBe('pending');
    expect(await shown(first.id)).toMatchObject({ state: 'canceled', supersededBy: second.id });
  });
});

describe('a dry run', () => {
  it('says format, pages and what would be other than asked, and stores nothing', async () => {
    const printer = await world.ports.registry.getPrinter(company, { locationId: 'office', deviceId: 'laser' });
    const attributes = {
      'document-format-supported': ['image/pwg-raster'],
      'media-supported': ['iso_a4_210x297mm'],
      'media-default': 'iso_a4_210x297mm',
      'sides-supported': ['one-sided'],
      'color-supported': false,
    };
    const device = { deviceId: 'laser', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] };
    if (printer) await world.ports.registry.savePrinter({ ...printer, device });
    const options = { media: 'iso_a5_148x210mm', sides: 'two-sided-long-edge', 'print-color-mode': 'color' };

    const { status, json } = await submit({ dryRun: true, options });

    expect(status).toBe(200);
    expect(json).toMatchObject({ format: 'application/pdf', octets: pdf.length, pageCount: 3 });
    expect(json.printers).toEqual([
      {
        printer: 'office:laser',
        state: 'unknown',
        stateReasons: ['relay-offline'],
        substitutions: [
          'media "iso_a5_148x210mm" is not offered: the printer\'s default, iso_a4_210x297mm, is used.',
          'sides "two-sided-long-edge" is not offered: the printer\'s default is used.',
          'print-color-mode "color" is not offered: it is printed in monochrome.',
          'The printer takes no PDF: the relay makes image/pwg-raster of it.',
        ],
      },
    ]);
    expect((await world.ports.jobs.list(company, 10)).jobs).toEqual([]);
    expect(await world.ports.documents.list('companies/')).toEqual([]);
  });

  it('examines an upload, and not one of another company', async () => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/pdf' };
    const stored = await world.call({ method: 'POST', path: '/platen/v1/uploads', headers, body: pdf });
    const document = { uploadId: JSON.parse(stored.body ?? '').id };

    expect((await submit({ dryRun: true, document })).json).toMatchObject({ octets: pdf.length, pageCount: 3 });
    const theirs = await submit({ dryRun: true, document }, { authorization: `Bearer ${otherKey}` });
    expect(theirs.status).toBe(404);
  });

  it.each([
    [{ printer: 'office:nothing' }, 404],
    [{ printer: 'office:asleep' }, 409],
    [{ document: { base64: '' } }, 400],
    [{ document: { uploadId: 'x' } }, 404],
    [{ expiresAt: timeIn(-1) }, 400],
  ])('refuses what a submission refuses: %j', async (members, status) => {
    expect((await submit({ dryRun: true, ...members })).status).toBe(status);
  });

  it.each([
    [{ html: '<p>hello' }, { kind: 'page', content: { kind: 'html', html: '<p>hello' }, paper: { width: 148 } }],
    [{ pageUrl: 'https://shop.example/7' }, { kind: 'page', content: { kind: 'url' } }],
    [{ url: 'https://shop.example/7.pdf' }, { kind: 'fetch', document: { url: 'https://shop.example/7.pdf' } }],
  ])('makes %j as its job would, counts its pages, and stores nothing', async (document, conversion) => {
    const warnings = ['The fonts here have no glyph for U+1F980.'];
    convert.mockResolvedValue({ bytes: pdf, pageCount: 3, warnings });

    const { json } = await submit({ dryRun: true, document, options: { media: 'iso_a5_148x210mm' } });

    expect(json).toMatchObject({ format: 'application/pdf', octets: pdf.length, pageCount: 3, warnings });
    expect(json.printers).toEqual([expect.objectContaining({ printer: 'office:laser' })]);
    expect(convert.mock.lastCall).toMatchObject([conversion, { companyId: company }]);
    expect((await world.ports.jobs.list(company, 10)).jobs).toEqual([]);
    expect(await world.ports.documents.list('companies/')).toEqual([]);
  });

  it('says that a document takes too long to make', async () => {
    convert.mockImplementation(async (_conversion, { isWanted }: ConversionContext) => {
      let seconds = 0;
      for (; await isWanted(); seconds++) world.wait(1000);
      expect(seconds).toBe(25);
      return undefined;
    });

    const { status, json } = await submit({ dryRun: true, document: { html: '<p>hello' } });

    expect(status).toBe(200);
    expect(json).toEqual({
      warnings: ['The document takes longer than 25 seconds to make: it was not checked.'],
      printers: [expect.objectContaining({ printer: 'office:laser' })],
    });
  });

  it('refuses what could not be made, and what no printer takes', async () => {
    convert.mockRejectedValueOnce(new PrintError('document-access-error', 'The address answers with 404.'));
    const document = { url: 'https://shop.example/7.pdf' };
    const missing = await submit({ dryRun: true, document });
    const printer = await world.ports.registry.getPrinter(company, { locationId: 'office', deviceId: 'laser' });
    const attributes = { 'document-format-supported': ['image/pwg-raster'] };
    const device = { deviceId: 'laser', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] };
    if (printer) await world.ports.registry.savePrinter({ ...printer, device });
    convert.mockResolvedValueOnce({ bytes: Buffer.from('^XA^FDlabel^FS^XZ'), warnings: [] });
    const untaken = await submit({ dryRun: true, document });
    convert.mockResolvedValueOnce({ bytes: Buffer.alloc(0), warnings: [] });
    const empty = await submit({ dryRun: true, document });

    expect(missing).toMatchObject({ json: { detail: 'The address answers with 404.' } });
    expect(missing.status).toBeGreaterThanOrEqual(400);
    expect(untaken.status).toBe(415);
    expect(empty.status).toBe(400);
  });
});

const converter = { convert: async () => ({ bytes: pdf, pageCount: 3, warnings: [] }) };

describe('an output', () => {
  it('is a file to download, once it is made', async () => {
    const output = { fileName: 'page.pdf', keepSeconds: 3600 };
    const { status, json } = await call('POST', 'jobs', { output, document: { html: '<p>hello' } });
    const { id } = json.jobs[0];
    const early = await call('GET', `jobs/${id}/document`);

    await prepareJobs({ ...world.ports, converter }, { jobIds: [id] });
    const { answer } = await call('GET', `jobs/${id}/document`);
    const theirs = await call('GET', `jobs/${id}/document`, undefined, { authorization: `Bearer ${otherKey}` });

    expect([status, early.status, theirs.status]).toEqual([201, 404, 404]);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/pdf' });
    expect(answer.headers?.['content-disposition']).toContain('page.pdf');
    expect(Buffer.from(answer.body ?? '', 'base64')).toEqual(pdf);
    expect(await shown(id)).toMatchObject({
      summary: 'collected',
      output: { fileName: 'page.pdf', collectBy: timeIn(60 * minute) },
    });
    world.wait(60 * minute);
    expect((await call('GET', `jobs/${id}/document`)).status).toBe(404);
  });

  it.each([
    [{ output: {}, printer: 'office:laser', document: { html: '<p>' } }],
    [{ output: {}, document: { base64: 'aGVsbG8K' } }],
  ])('is refused with a printer, or of a document that needs no work: %j', async body => {
    expect((await call('POST', 'jobs', body)).status).toBe(400);
  });
});

it('the document of a print job is downloaded with a key that may see documents', async () => {
  const { id } = await submitted({ name: 'Invoice 7.pdf' });

  const { answer } = await call('GET', `jobs/${id}/document`, undefined, { range: 'bytes=0-3' });

  const printOnly = await call('GET', `jobs/${id}/document`, undefined, { authorization: `Bearer ${printOnlyKey}` });

  expect(printOnly.status).toBe(403);
  expect(answer.statusCode).toBe(206);
  expect(Buffer.from(answer.body ?? '', 'base64').toString()).toBe('%PDF');
});

describe('a callback', () => {
  it('receives each job when it has ended', async () => {
    const { json } = await submit({
      printers: ['office:laser', 'office:label'],
      printer: null,
      callback: 'https://shop.example/done',
    });
    const [first] = json.jobs;
    await call('POST', `jobs/${first.id}/cancel`);
    const posted: [string, string][] = [];
    const webhooks = {
      async post(url: string, body: string) {
        posted.push([url, body]);
        return 'delivered' as const;
      },
    };

    const messages = world.queued.filter(({ queue }) => queue === 'notify');
    for (const { message } of messages) {
      await notify({ ...world.ports, webhooks, describeEnd }, message as { jobId: JobId; attempt: number });
    }

    expect(posted).toHaveLength(1);
    expect(posted[0]?.[0]).toBe('https://shop.example/done');
    expect(JSON.parse(posted[0]?.[1] ?? '')).toMatchObject({ id: first.id, state: 'canceled', summary: 'cancelled' });
  });

  it.each(['http://127.0.0.1/x', 'file:///etc/passwd', 'shop.example'])('is refused at %s', async callback => {
    expect((await submit({ callback })).json.code).toBe('bad-address');
  });
});

it('several unconfirmed jobs are resolved at once, each with its own answer', async () => {
  const [doubtful, waiting] = [await submitted(), await submitted()];
  await asked(doubtful.id, 1, false);
  const report = { type: 'report' as const, relayId, jobId: doubtful.id, attempt: 1, sequence: 1, at: startedAt };
  const news = { state: 'processing-stopped' as const, reasons: ['delivery-unconfirmed'] };
  await handleRelayEvent(world.ports, { ...report, ...news });

  const { json } = await call('POST', 'jobs/resolve', { ids: [doubtful.id, waiting.id, 'x'], as: 'printed' });

  expect(json.results).toMatchObject([
    { id: doubtful.id, job: { state: 'completed', message: 'Confirmed as printed by a person.' } },
    { id: waiting.id, error: { code: 'conflict' } },
    { id: 'x', error: { code: 'not-found' } },
  ]);
  expect(json.results[0].job.history.at(-1)).toMatchObject({ actor: 'test', message: 'Confirmed as printed.' });
});

it('a trace gives the stages of a job with their durations, of a job of the caller only', async () => {
  const { id } = await submitted({ hold: true });
  world.wait(5000);
  await call('POST', `jobs/${id}/release`);
  world.wait(2000);
  await asked(id, 1, false);
  world.wait(1000);

  const { json } = await call('GET', `jobs/${id}/trace`);
  const theirs = await call('GET', `jobs/${id}/trace`, undefined, { authorization: `Bearer ${otherKey}` });

  expect(json).toMatchObject({ id, state: 'processing', milliseconds: 8000 });
  expect(json.stages).toMatchObject([
    { stage: 'held', milliseconds: 5000, actor: 'test' },
    { stage: 'waiting-for-relay', milliseconds: 2000, message: 'Released from its hold.' },
    { stage: 'at-relay', milliseconds: 1000 },
  ]);
  expect(json.stages[2]).not.toHaveProperty('until');
  expect(theirs.status).toBe(404);
});
