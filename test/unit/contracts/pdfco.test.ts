import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scriptedConverter } from '../../../doubles/scripted-converter.ts';
import { errorEnvelope } from '../../../shared/contracts/pdfco/envelopes.ts';
import { checked } from '../../../shared/contracts/pdfco/job-check.ts';
import type { Company } from '../../../shared/core/domain/company.ts';
import { putFileKey } from '../../../shared/core/domain/document.ts';
import { PrintError, type PrintErrorCode, printErrorCodes } from '../../../shared/core/domain/errors.ts';
import type { UploadId } from '../../../shared/core/domain/ids.ts';
import { type Job, type Standing, transitions } from '../../../shared/core/domain/job.ts';
import { prepareJobs } from '../../../shared/core/usecases/documents/prepare-jobs.ts';
import { sweep } from '../../../shared/core/usecases/upkeep/sweep.ts';
import exchanges from '../../fixtures/pdfco/exchanges.json' with { type: 'json' };
import { company, key, openWorld, otherKey, type Request, startedAt, type World } from '../world.ts';

const minute = 60_000;

/** Waiting callers receive their result immediately. */
async function openPrepared(): Promise<World> {
  const world = await openWorld();
  world.whilePaused = () => prepare(world);
  return world;
}

/** Processes the messages in the queue, oldest first. */
async function prepare({ ports, queued }: World): Promise<void> {
  for (const { queue, message } of queued.splice(0)) {
    if (queue !== 'prepare') continue;
    await prepareJobs({ ...ports, converter: scriptedConverter }, message as Parameters<typeof prepareJobs>[1]);
  }
}

describe('whole exchanges', () => {
  let world: World;
  beforeAll(async () => {
    world = await openPrepared();
  });
  afterAll(() => world.close());

  // in one world and in order: later exchanges use the results of earlier ones
  it.each(exchanges)('$title', async exchange => {
    if ('prepares' in exchange) await prepare(world);

    const {
      statusCode,
      headers,
      body = '',
      isBase64Encoded,
    } = await world.call(exchange.request as unknown as Request);

    // signed with a secret of the machine's own
    const received = isBase64Encoded
      ? { base64: body }
      : JSON.parse(body.replace(/[^."]*(?=","url":"[^"]*\/v1\/temp\/)/, 'SIGNATURE'));
    expect({ status: statusCode, headers, body: received }).toEqual(exchange.response);
  });
});

describe('calls', () => {
  let world: World;
  beforeEach(async () => {
    world = await openPrepared();
  });
  afterEach(() => world.close());

  const post = (path: string, body: object, secret = key) =>
    world.call({ method: 'POST', path, headers: { 'x-api-key': secret }, body: JSON.stringify(body) });
  const bodyOf = async (answer: Promise<{ statusCode?: number; body?: string }>) =>
    JSON.parse((await answer).body ?? '');
  const open = (url: string) => world.call({ method: 'GET', path: decodeURIComponent(new URL(url).pathname) });
  const presigned = (name: string): Promise<{ url: string; presignedUrl: string }> => {
    const path = '/v1/file/upload/get-presigned-url';
    return bodyOf(world.call({ method: 'GET', path, query: `name=${name}`, headers: { 'x-api-key': key } }));
  };
  /** Writes the file of an address past the checks of one machine, as a client of S3 does. Returns its key. */
  const putBehind = async (url: string, octets: number) => {
    const id = new URL(url).pathname.split('/')[3] as UploadId;
    const file = putFileKey(company, id);
    await world.ports.documents.put(file, Buffer.alloc(octets));
    return file;
  };
  const saveCompany = async (changes: Partial<Company>) => {
    const known = (await world.ports.registry.getCompany(company)) as Company;
    await world.ports.registry.saveCompany({ ...known, ...changes });
    // until cached keys expire
    world.wait(31_000);
  };
  const fromHtml = '/v1/pdf/convert/from/html';
  const page = { html: '<p>' };

  // of those two a conversion is tried again
  it.each(printErrorCodes.filter(code => code !== 'internal' && code !== 'busy'))(
    'reports a document that failed with %s to a waiting caller and to later checks, and to no other company',
    async code => {
      const url = `https://fails.test/${code}`;
      const waited = await post('/v1/pdf/info', { url });
      const { jobId } = await bodyOf(post('/v1/pdf/info', { url, async: true }));
      await prepare(world);
      const later = await post('/v1/job/check', { jobid: jobId });

      const expected = errorEnvelope(new PrintError(code, `It failed of ${code}.`));
      expect(waited.statusCode).toBe(expected.status);
      expect(JSON.parse(waited.body ?? '')).toMatchObject({
        error: true,
        status: expected.status,
        message: `It failed of ${code}.`,
      });
      expect(later.statusCode).toBe(200);
      expect(JSON.parse(later.body ?? '')).toMatchObject({ status: 'failed', message: `It failed of ${code}.`, jobId });
    },
  );

  it('returns the address of a result before the result exists', async () => {
    const started = await bodyOf(post(fromHtml, { ...page, async: true, name: 'Rechnung für Ö.pdf' }));
    const early = await open(started.url);
    await prepare(world);
    const checked = await bodyOf(post('/v1/job/check', { jobid: started.jobId }));
    const late = await open(started.url);

    expect(early.statusCode).toBe(404);
    expect(checked.url).toBe(started.url);
    expect(late.statusCode).toBe(200);
    expect(late.headers?.['content-type']).toBe('application/pdf');
    expect(late.headers?.['content-disposition']).toContain("filename*=UTF-8''Rechnung%20f%C3%BCr%20%C3%96.pdf");
  });

  it('warns of what may not look as expected, at once and later, and says nothing otherwise', async () => {
    const warns = { html: '<p>warns of glyphs, warns of pictures' };
    const { jobId } = await bodyOf(post(fromHtml, { ...warns, async: true }));
    await prepare(world);

    const warned = { error: false, warnings: ['glyphs', 'pictures'] };
    expect(await bodyOf(post('/v1/job/check', { jobid: jobId }))).toMatchObject(warned);
    expect(await bodyOf(post(fromHtml, warns))).toMatchObject(warned);
    expect(await bodyOf(post(fromHtml, page))).not.toHaveProperty('warnings');
  });

  it('keeps addresses under 400 characters, whatever the name', async () => {
    const { url, name } = await bodyOf(post(fromHtml, { ...page, name: `${'長い名前'.repeat(100)}.pdf` }));

    expect(url.length).toBeLessThan(400);
    expect(name).toMatch(/\.pdf$/);
    expect((await open(url)).statusCode).toBe(200);
  });

  it.each([
    [undefined, 60],
    [1, 1],
    ['5', 5],
    [0, 1],
    [100_000, 1440],
  ])('lets a result with the expiration %s live for %i minutes, and not longer', async (expiration, minutes) => {
    const { url, outputLinkValidTill } = await bodyOf(post(fromHtml, { ...page, expiration }));

    expect(Math.round((Date.parse(outputLinkValidTill) - startedAt) / minute)).toBe(minutes);
    world.wait(Date.parse(outputLinkValidTill) - world.ports.clock.now() - 1);
    expect((await open(url)).statusCode).toBe(200);
    world.wait(1);
    expect((await open(url)).statusCode).toBe(404);
    await sweep(world.ports);
    expect(await world.ports.documents.list(`companies/${company}/outputs/`)).toEqual([]);
  });

  it('knows a job for as long as its output, and then no more', async () => {
    const { jobId } = await bodyOf(post(fromHtml, { ...page, async: true, expiration: 2 }));
    await prepare(world);
    world.wait(2 * minute);

    expect(await bodyOf(post('/v1/job/check', { jobid: jobId }))).toMatchObject({ status: 'working' });
    expect(await bodyOf(post('/v1/job/check', { jobid: jobId, force: true }))).toMatchObject({ status: 'unknown' });
  });

  it('stops waiting after 25 seconds, with a message that says how to continue', async () => {
    world.whilePaused = async milliseconds => world.wait(milliseconds);
    const answer = await post(fromHtml, page);

    expect(answer.statusCode).toBe(408);
    expect(JSON.parse(answer.body ?? '').message).toMatch(/"async": true.* job [0-9a-f]{32}\.$/);
    expect(world.ports.clock.now() - startedAt).toBeGreaterThanOrEqual(25_000);
    expect(world.ports.clock.now() - startedAt).toBeLessThan(26_000);
  });

  it('never reads another company’s files, by whatever host its address names', async () => {
    const { url } = await bodyOf(post(fromHtml, page));
    const underOtherHost = url.replace('https://platen.test', 'https://other.example');

    const merged = await post('/v1/pdf/merge', { url }, otherKey);
    const fetched = await bodyOf(post('/v1/pdf/merge', { url: underOtherHost }, otherKey));
    const deletions = await Promise.all(
      [url, underOtherHost].map(address => post('/v1/file/delete', { url: address }, otherKey)),
    );

    expect(merged.statusCode).toBe(404);
    expect(Buffer.from((await open(fetched.url)).body ?? '', 'base64').toString()).toContain(
      `<octets of ${underOtherHost}>`,
    );
    expect(deletions.map(({ statusCode }) => statusCode)).toEqual([404, 404]);
    expect((await open(url)).statusCode).toBe(200);
  });

  it('answers identically for the id of another company’s job and for one that does not exist', async () => {
    const { url } = await bodyOf(post(fromHtml, page));
    const theirs = url.replace('https://platen.test', 'https://other.example');
    const unknown = theirs.replace(/[0-9a-f]{32}/, 'f'.repeat(32));

    const answers = [];
    for (const address of [theirs, unknown]) answers.push(await post('/v1/pdf/merge', { url: address }, otherKey));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it('treats an address that only resembles one of ours as a foreign address', async () => {
    const foreign = `https://other.example/v1/results/${'a'.repeat(32)}/a.pdf`;
    const own = `https://platen.test/v1/results/${'a'.repeat(32)}/a.pdf`;

    expect((await post('/v1/pdf/merge', { url: foreign })).statusCode).toBe(200);
    expect((await post('/v1/pdf/merge', { url: own })).statusCode).toBe(404);
  });

  it('works on one file of several, and on a page that was uploaded', async () => {
    const { urls } = await bodyOf(post('/v1/pdf/split', { url: 'https://in.test/a.pdf' }));
    const uploaded = await bodyOf(
      post('/v1/file/upload/base64', { file: Buffer.from('<h1>own').toString('base64'), name: 'a.html' }),
    );
    const merged = await bodyOf(post('/v1/pdf/merge', { url: `${urls[1]}, ${urls[0]}` }));
    const rendered = await bodyOf(post('/v1/pdf/convert/from/url', { url: uploaded.url }));

    const textOf = async (url: string) => Buffer.from((await open(url)).body ?? '', 'base64').toString();
    expect(await textOf(merged.url)).toContain('<%PDF-_page3.pdf,%PDF-_page1-2.pdf>');
    expect(await textOf(rendered.url)).toContain('"html":"<h1>own"');
  });

  it('begins nothing for a callback at a private address', async () => {
    const refused = await post(fromHtml, { ...page, callback: 'http://10.0.0.7/hook' });

    expect(refused.statusCode).toBe(452);
    expect(world.queued).toEqual([]);
  });

  it('accepts a callback by host name without resolving it', async () => {
    expect((await post(fromHtml, { ...page, callback: 'https://hooks.invalid/' })).statusCode).toBe(200);
  });

  it('refuses an uploaded file that is not a page', async () => {
    const file = Buffer.from('%PDF-1.7').toString('base64');
    const { url } = await bodyOf(post('/v1/file/upload/base64', { file, name: 'page.html' }));

    expect((await post('/v1/pdf/convert/from/url', { url })).statusCode).toBe(448);
  });

  it('gives the range that is asked for, of results and of uploads', async () => {
    const file = Buffer.from('0123456789').toString('base64');
    const { url } = await bodyOf(post('/v1/file/upload/base64', { file, name: 'a.txt' }));
    const ask = (method: string, headers: Record<string, string>) =>
      world.call({ method, path: new URL(url).pathname, headers });

    const whole = await ask('GET', {});
    const part = await ask('GET', { range: 'bytes=2-4' });
    const outside = await ask('GET', { range: 'bytes=10-' });

    expect(whole).toMatchObject({ statusCode: 200, headers: { 'accept-ranges': 'bytes' } });
    expect(part).toMatchObject({ statusCode: 206, headers: { 'content-range': 'bytes 2-4/10' } });
    expect(Buffer.from(part.body ?? '', 'base64').toString()).toBe('234');
    expect(outside).toMatchObject({ statusCode: 416, headers: { 'content-range': 'bytes */10' } });
    expect((await ask('HEAD', { range: 'bytes=2-4' })).statusCode).toBe(200);
    expect((await ask('GET', { range: 'bytes=2-4', 'if-range': '"old"' })).statusCode).toBe(200);
  });

  it('returns uploads with their own media type, and never as a page of ours', async () => {
    const file = Buffer.from('<script>alert(1)</script>').toString('base64');
    const { url } = await bodyOf(post('/v1/file/upload/base64', { file, name: 'x.html' }));

    const { headers } = await open(url);

    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': 'sandbox',
    });
  });

  it('sends large documents by an address of the store', async () => {
    const { url, presignedUrl } = await presigned('big.bin');
    await putBehind(url, 5 * 1024 * 1024);

    const answer = await open(url);

    expect(presignedUrl).toMatch(/^http:\/\/documents\.test\/storage\//);
    expect(answer.statusCode).toBe(302);
    expect(answer.headers?.location).toMatch(/^http:\/\/documents\.test\/storage\//);
  });

  describe('a file of any size at a presigned address', () => {
    const quota = (uploadQuota: object) => saveCompany({ uploadQuota });
    const info = (url: string) => post('/v1/pdf/info', { url, async: true });

    it('is refused and deleted when it is larger than a document may be', async () => {
      await quota({ documentOctets: 1000 });
      const { url } = await presigned('a.pdf');
      const file = await putBehind(url, 1001);

      const answer = await info(url);

      expect([answer.statusCode, answer.body]).toEqual([413, expect.stringContaining('at most 1000 bytes')]);
      expect(await world.ports.documents.octets(file)).toBeUndefined();
      expect(world.queued).toEqual([]);
    });

    it('counts in the quota of its company when it is used, and is refused when that has no room', async () => {
      await quota({ documentOctets: 1e9, octetsInFlight: 60e6 });
      const [first, second] = [await presigned('a.pdf'), await presigned('b.pdf')];
      const file = await putBehind(first.url, 40e6);
      await putBehind(second.url, 40e6);

      const answers = [await info(first.url), await info(second.url), await info(first.url)];

      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200]);
      expect(answers[1]?.body).toContain('at most 60000000 bytes');
      expect(await world.ports.documents.octets(file)).toBe(40e6);
    });
  });

  it('stores nothing of a file that the quota refuses', async () => {
    await saveCompany({ uploadQuota: { octetsInFlight: 4 } });

    expect((await post('/v1/file/upload/base64', { file: 'aGVsbG8=' })).statusCode).toBe(400);
    expect(await world.ports.documents.list(`companies/${company}/`)).toEqual([]);
  });

  it('deletes an upload after an hour, with its document', async () => {
    const { url } = await bodyOf(post('/v1/file/upload/base64', { file: 'aGVsbG8=' }));
    world.wait(60 * minute);
    await sweep(world.ports);

    expect((await open(url)).statusCode).toBe(404);
    expect(await world.ports.documents.list(`companies/${company}/documents/`)).toEqual([]);
  });

  it('deletes a result before its time, with all of its files', async () => {
    const { jobId, url } = await bodyOf(post('/v1/pdf/split', { url: 'https://in.test/a.pdf', async: true }));
    await prepare(world);
    const list = await bodyOf(open(url));
    const answer = await post('/v1/file/delete', { url });

    expect(answer.statusCode).toBe(200);
    expect((await open(list[0])).statusCode).toBe(404);
    expect(await world.ports.documents.list(`companies/${company}/outputs/`)).toEqual([]);
    expect(await bodyOf(post('/v1/job/check', { jobid: jobId }))).toMatchObject({ status: 'success' });
  });

  describe('credits', () => {
    beforeEach(() => world.ports.registry.setCredits(company, 2));

    it('are in every response, and charged for results', async () => {
      const first = await bodyOf(post(fromHtml, page));
      const failed = await bodyOf(post('/v1/pdf/info', { url: 'https://fails.test/document-format-error' }));
      const free = await bodyOf(post('/v1/file/upload/base64', { file: 'aGVsbG8=' }));
      const balance = await bodyOf(post('/v1/account/credit/balance', {}));

      expect(first).toMatchObject({ credits: 1, remainingCredits: 1 });
      expect(failed).toMatchObject({ status: 442 });
      expect(free).toMatchObject({ credits: 0, remainingCredits: 1 });
      expect(balance).toEqual({ remainingCredits: 1 });
    });

    it('are taken once, however often the message is delivered', async () => {
      await post(fromHtml, { ...page, async: true });
      const messages = [...world.queued];
      await prepare(world);
      world.queued.push(...messages, ...messages);
      await prepare(world);

      expect(await world.ports.registry.remainingCredits(company)).toBe(1);
    });

    it('are refused when they are spent, at once or when they went to other jobs meanwhile', async () => {
      const jobs = [];
      for (let count = 0; count < 3; count++) jobs.push((await bodyOf(post(fromHtml, { ...page, async: true }))).jobId);
      await prepare(world);
      const statuses = await Promise.all(
        jobs.map(async jobid => (await bodyOf(post('/v1/job/check', { jobid }))).status),
      );
      const refused = await post(fromHtml, page);

      expect(statuses.toSorted()).toEqual(['failed', 'success', 'success']);
      expect(refused.statusCode).toBe(402);
      expect(JSON.parse(refused.body ?? '')).toMatchObject({ error: true, status: 402, remainingCredits: 0 });
    });
  });

  it('refuses a body over 4 MB in the envelope', async () => {
    const answer = await post(fromHtml, { html: 'x'.repeat(4 * 1024 * 1024) });

    expect(answer.statusCode).toBe(413);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({
      error: true,
      status: 413,
      message: expect.stringContaining('4 MB'),
    });
  });

  it.each([fromHtml, '/v1/pdf/split'])(
    'converts and prints once for a repeated %s with one idempotency key',
    async path => {
      const body = JSON.stringify({ ...page, url: 'https://in.test/a.pdf', printer: 'office:laser', async: true });
      const headers = { 'x-api-key': key, 'idempotency-key': 'order 7' };

      const first = await bodyOf(world.call({ method: 'POST', path, headers, body }));
      const again = await bodyOf(world.call({ method: 'POST', path, headers, body }));

      expect(first.printJobIds).toHaveLength(1);
      expect([again.jobId, again.printJobIds]).toEqual([first.jobId, first.printJobIds]);
      expect((await world.ports.jobs.list(company, 10)).jobs).toHaveLength(2);
    },
  );

  it('gives a result in base64 where a profile asks for it, in the reply too', async () => {
    const profiles = "{ 'outputDataFormat': 'base64' }";
    const inline = await bodyOf(post(fromHtml, { ...page, profiles, inline: true, printer: 'office:laser' }));
    const { url } = await bodyOf(post(fromHtml, { ...page, profiles }));
    const printed = await world.ports.jobs.get(inline.printJobIds[0]);
    const collected = await open(url);

    expect(Buffer.from(inline.body, 'base64').toString()).toMatch(/^%PDF-/);
    expect(inline).not.toHaveProperty('url');
    expect(collected.headers?.['content-type']).toBe('text/plain; charset=utf-8');
    expect(printed?.document?.format).toBe('application/pdf');
  });

  it('prints the pages themselves where files are made of them', async () => {
    const answer = await bodyOf(
      post('/v1/pdf/split', { url: 'https://in.test/a.pdf', pages: '2-3', printer: 'OFFICE:laser' }),
    );
    const printed = await world.ports.jobs.get(answer.printJobIds[0]);

    expect(answer.urls).toHaveLength(2);
    expect(printed).toMatchObject({
      printer: { locationId: 'office', deviceId: 'laser' },
      standing: 'pending/job-fetchable',
      document: { format: 'application/pdf' },
    });
  });
});

describe('tables', () => {
  const expected: Record<PrintErrorCode, number> = {
    'bad-request': 400,
    'bad-value': 454,
    unauthorized: 401,
    forbidden: 403,
    'not-found': 404,
    'printer-not-accepting': 400,
    'document-format-error': 442,
    'document-password-error': 441,
    'document-permission-error': 443,
    'bad-page-range': 450,
    'page-out-of-range': 449,
    'document-missing-bytes': 446,
    'document-access-error': 400,
    'document-access-denied': 403,
    'bad-address': 452,
    'bad-content': 448,
    'bad-options': 444,
    'bad-template': 447,
    'too-large': 413,
    'too-many': 400,
    'credits-spent': 402,
    conflict: 400,
    gone: 404,
    'rate-limited': 429,
    busy: 429,
    overloaded: 503,
    'idempotency-key-reused': 400,
    timeout: 408,
    'unsupported-media-type': 415,
    unsupported: 415,
    internal: 500,
  };
  it.each(printErrorCodes)('reports %s by its code, in the envelope and as HTTP status', code => {
    const { status, body } = errorEnvelope(new PrintError(code, 'Why.'));

    expect(status).toBe(expected[code]);
    expect(JSON.parse(body as string)).toMatchObject({ error: true, status, errorCode: status, message: 'Why.' });
  });

  const words: Record<Standing, string> = {
    'pending-held/job-incoming': 'working',
    'pending-held/job-hold-until-specified': 'working',
    'pending/job-queued': 'working',
    'processing/job-transforming': 'working',
    'pending/job-fetchable': 'working',
    'processing/queued-in-device': 'working',
    'processing/job-printing': 'working',
    'processing-stopped/printer-stopped': 'working',
    'processing-stopped/delivery-unconfirmed': 'working',
    'completed/job-completed-successfully': 'success',
    'canceled/job-canceled-by-user': 'aborted',
    'aborted/aborted-by-system': 'failed',
  };
  const statusAt = (standing: Standing, reasons: string[] = []) => {
    const job = { id: '1', name: 'a', standing, reasons, submittedAt: 0, since: 0, updatedAt: 9 } as unknown as Job;
    return JSON.parse(checked('https://h', { view: { job }, milliseconds: 0 }, false).body as string);
  };
  it.each(Object.keys(transitions) as Standing[])('maps %s to a status', standing => {
    const status = statusAt(standing);

    expect(status.status).toBe(words[standing]);
    // with either of these, clients take an error for an answer or a running job for a failed one
    if (status.status === 'working') expect(status).not.toHaveProperty('error');
    if (status.status === 'success') expect(status.error).toBe(false);
  });

  it('reports an expired job as aborted', () => {
    expect(statusAt('aborted/aborted-by-system', ['expired']).status).toBe('aborted');
  });
});
