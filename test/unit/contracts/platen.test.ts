import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { company, key, openWorld, otherKey, printOnlyKey, type World } from '../world.ts';

const document = { base64: Buffer.from('hello, printer').toString('base64') };

describe("Platen's own dialect", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const call = async (method: string, path: string, body?: object | string, secret: string | undefined = key) => {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (secret) headers.authorization = `Bearer ${secret}`;
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const [route = '', query] = path.split('?');
    const answer = await world.call({ method, path: `/platen/v1/${route}`, query, headers, body: text });
    return { status: answer.statusCode, ...JSON.parse(answer.body ?? '') };
  };
  const jobs = () => world.ports.jobs.list(company, 100);

  const badSubmissions: [body: object | string, status: number, code: string][] = [
    ['', 400, 'bad-request'],
    ['[]', 400, 'bad-request'],
    ['{"printer":', 400, 'bad-request'],
    [{ document }, 400, 'bad-request'],
    [{ document, printer: 7 }, 400, 'bad-request'],
    [{ document, printer: '' }, 400, 'bad-value'],
    [{ document, printer: 'office' }, 400, 'bad-value'],
    [{ document, printer: 'office:nothing' }, 404, 'not-found'],
    [{ document, printer: 'office:asleep' }, 409, 'printer-not-accepting'],
    [{ document, printers: [] }, 400, 'bad-request'],
    [{ document, printers: ['office:laser', 7] }, 400, 'bad-request'],
    [{ document, printers: Array(51).fill('office:laser') }, 400, 'too-many'],
    [{ document, printer: 'office:laser', printers: ['office:label'] }, 400, 'bad-request'],
    [{ printer: 'office:laser' }, 400, 'bad-request'],
    [{ printer: 'office:laser', document: 'text' }, 400, 'bad-request'],
    [{ printer: 'office:laser', document: { base64: '' } }, 400, 'bad-request'],
    [{ printer: 'office:laser', document: { base64: '!' } }, 400, 'bad-value'],
    [{ printer: 'office:laser', document: { base64: 'a' } }, 400, 'bad-value'],
    [{ printer: 'office:laser', document: { uploadId: 7 } }, 400, 'bad-request'],
    [{ printer: 'office:laser', document: { uploadId: '../x' } }, 404, 'not-found'],
    [{ printer: 'office:laser', document: { ...document, uploadId: 'a'.repeat(32) } }, 400, 'bad-request'],
    [{ document, printer: 'office:laser', name: 7 }, 400, 'bad-request'],
    [{ document, printer: 'office:laser', name: 'a\nb' }, 400, 'bad-value'],
    [{ document, printer: 'office:laser', options: [1] }, 400, 'bad-value'],
    [{ document, printer: 'office:laser', options: { copies: '2' } }, 400, 'bad-value'],
    [{ document, printer: 'office:laser', options: { copies: 0 } }, 400, 'bad-value'],
    [{ document, printer: 'office:laser', options: { constructor: 1 } }, 400, 'bad-value'],
    [{ document, printer: 'office:laser', options: { 'page-ranges': [{ from: 2, to: 1 }] } }, 400, 'bad-value'],
  ];
  it.each(badSubmissions)('refuses the job %j and stores nothing', async (body, status, code) => {
    const before = await jobs();

    const answer = await call('POST', 'jobs', body);

    const { detail } = answer;
    expect(answer).toEqual({
      ...{ type: `/docs#${code}`, title: expect.stringMatching(/./), status, detail: expect.stringMatching(/./), code },
      error: { code, message: detail },
    });
    expect(await jobs()).toEqual(before);
  });

  it('accepts null for missing members, and a byte order mark', async () => {
    const body = { printer: 'office:laser', printers: null, name: null, options: null, document };

    const answer = await call('POST', 'jobs', `\uFEFF${JSON.stringify(body)}`);

    expect(answer).toMatchObject({ status: 201, jobs: [{ printer: 'office:laser', state: 'pending' }] });
  });

  it.each([
    ['{}', 'bad-value'],
    ['{"octets":0}', 'bad-value'],
    ['{"octets":-1}', 'bad-value'],
    ['{"octets":1.5}', 'bad-value'],
    ['{"octets":"5"}', 'bad-value'],
    ['{"octets":1e400}', 'bad-value'],
    ['{"octets":9007199254740991}', 'too-large'],
    ['{"octets":5,"sha256":"abc"}', 'bad-value'],
    ['{"octets":5,"name":"a\\nb"}', 'bad-value'],
    ['null', 'bad-request'],
  ])('refuses the upload %s', async (body, code) => {
    const answer = await call('POST', 'uploads', body);

    expect(answer.error.code).toBe(code);
  });

  const badChanges: [path: string, body: object, code: string][] = [
    ['printers/office:laser', { active: 'yes' }, 'bad-value'],
    ['printers/office:laser', { name: '' }, 'bad-request'],
    ['printers/office:laser', { name: 'a\u0000b' }, 'bad-value'],
    ['printers/office:laser', { notes: 'n'.repeat(2001) }, 'bad-value'],
    ['printers/office:laser', { unconfirmedPolicy: 'hope' }, 'bad-value'],
    ['printers/laser', { name: 'a' }, 'bad-value'],
    ['printers/nowhere:laser', { name: 'a' }, 'not-found'],
  ];
  it.each(badChanges)('changes nothing after an invalid PATCH %s', async (path, body, code) => {
    const answer = await call('PATCH', path, body);

    expect(answer.error.code).toBe(code);
  });

  it("empties a printer's notes", async () => {
    await call('PATCH', 'printers/office:laser', { notes: 'second floor' });

    expect(await call('PATCH', 'printers/office:laser', { notes: '' })).toMatchObject({ status: 200, notes: '' });
  });

  it.each(['..', '.', 'a:b', 'n'.repeat(65)])('makes no location named %s', async name => {
    expect(await call('PUT', `locations/${name}`)).toMatchObject({ status: 400, error: { code: 'bad-value' } });
  });

  it('makes no key with a name that is too long for a list', async () => {
    const key = { name: 'n'.repeat(256) };

    expect(await call('POST', 'keys', key)).toMatchObject({ status: 400, error: { code: 'bad-value' } });
  });

  it.each([
    ['limit=0', 400],
    ['limit=101', 400],
    ['limit=x', 400],
    ['before=', 400],
    ['before=zz', 400],
    ['limit=1', 200],
  ])('answers jobs?%s with %i', async (query, status) => {
    expect(await call('GET', `jobs?${query}`)).toMatchObject({ status });
  });

  it('refuses in the same form without a key, without the scope, and where there is nothing', async () => {
    expect(await call('GET', 'jobs', undefined, '')).toMatchObject({ status: 401, error: { code: 'unauthorized' } });
    expect(await call('GET', 'nothing')).toMatchObject({ status: 404, error: { code: 'not-found' } });
    expect(await call('DELETE', 'jobs')).toMatchObject({ status: 405, error: { code: 'bad-request' } });
    expect(await call('PATCH', 'printers/office:laser', {}, printOnlyKey)).toMatchObject({
      status: 403,
      error: { code: 'forbidden' },
    });
  });

  it('returns no job or upload to another company', async () => {
    const { jobs } = await call('POST', 'jobs', { printer: 'office:laser', document });
    const { id } = await call('POST', 'uploads', { octets: 5 });
    const unknown = expect.stringMatching(/^Unknown/);
    const nothing = {
      ...{ type: '/docs#not-found', title: 'Not found', status: 404, detail: unknown, code: 'not-found' },
      error: { code: 'not-found', message: unknown },
    };

    for (const [method, path, body] of [
      ['GET', `jobs/${jobs[0].id}`],
      ['POST', `jobs/${jobs[0].id}/cancel`],
      ['POST', `jobs/${jobs[0].id}/resolve`, { as: 'printed' }],
      ['GET', `uploads/${id}`],
      ['POST', `uploads/${id}/complete`],
      ['DELETE', `uploads/${id}`],
    ] as [string, string, object?][]) {
      expect(await call(method, path, body, otherKey)).toEqual(nothing);
    }
    expect(await call('GET', `uploads/${id}`)).toMatchObject({ status: 200, state: 'open' });
  });

  it('makes no enrolment code where a relay is connected, unless it is to be replaced', async () => {
    const codes = 'locations/office/enrolment-codes';
    const offline = await call('POST', codes);
    const location = await world.ports.registry.getLocation(company, 'office');
    if (location) await world.ports.registry.saveLocation({ ...location, online: true });

    expect(offline.status).toBe(201);
    expect(await call('POST', codes)).toMatchObject({ status: 409, error: { code: 'conflict' } });
    expect(await call('POST', codes, { replace: false })).toMatchObject({ status: 409 });
    expect(await call('POST', codes, { replace: true })).toMatchObject({ status: 201 });
  });
});
