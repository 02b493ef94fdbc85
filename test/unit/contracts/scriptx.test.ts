import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobStatus } from '../../../shared/contracts/scriptx/job-status.ts';
import { errorText, queued, softError } from '../../../shared/contracts/scriptx/responses.ts';
import { scriptx } from '../../../shared/contracts/scriptx/routes.ts';
import { PrintError, printErrorCodes } from '../../../shared/core/domain/errors.ts';
import type { Job, PreparationStep, Standing } from '../../../shared/core/domain/job.ts';
import { transitions } from '../../../shared/core/domain/job.ts';
import { keyDigest } from '../../../shared/core/usecases/accounts/authenticate.ts';
import exchanges from '../../fixtures/scriptx/exchanges.json' with { type: 'json' };
import { company, key, openWorld, otherKey, type Request, startedAt, type World } from '../world.ts';

const basic = (licence: string) => ({ authorization: `Basic ${Buffer.from(`${licence}:`).toString('base64')}` });

describe('whole exchanges', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  // in one world and in order: later exchanges use the results of earlier ones
  it.each(exchanges)('$title', async ({ request, response }) => {
    const headers = basic(key.toUpperCase());

    const { statusCode, headers: answered, body } = await world.call({ headers, ...request } as Request);

    expect({ status: statusCode, headers: answered, body }).toEqual(response);
  });
});

describe('every call', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  const open = ['/ping', '/download', '/v1/licensing'];
  const closed = scriptx.routes.filter(
    ({ path, withoutKey }) => !withoutKey && !open.some(part => path.includes(part)),
  );

  it.each(closed.map(({ methods, path }) => [methods[0] as string, path]))(
    '%s %s is refused without a licence, with a text, and no dialog of the browser',
    async (method, path) => {
      const request = { method, path: path.replace(/\{\w+\+?\}/g, '0'.repeat(32)) };

      const answer = await world.call({ ...request, headers: { 'sec-fetch-site': 'cross-site' } });
      const toProgram = await world.call(request);

      expect(answer.statusCode).toBe(401);
      expect(answer.body).not.toBe('');
      expect(Object.keys(answer.headers ?? {})).not.toContain('www-authenticate');
      expect(toProgram.headers?.['www-authenticate']).toBe('Basic realm="Platen"');
    },
  );

  it.each(['/api', '/api/'])('GET %s describes the service to a caller without a valid licence', async path => {
    const stranger = await world.call({ method: 'GET', path });
    const withUnknown = await world.call({ method: 'GET', path, headers: basic('unknown') });

    expect(stranger.statusCode).toBe(200);
    expect(JSON.parse(stranger.body ?? '')).toMatchObject({
      currentAPIVersion: 'v1',
      availablePrinters: ['Platen PDF'],
    });
    expect(withUnknown).toEqual(stranger);
  });

  it.each(scriptx.routes.map(({ methods, path }) => [methods[0] as string, path]))(
    '%s %s answers alike in capital letters, with a slash at the end and a number against caches',
    async (method, path) => {
      const plain = path.replace(/\{\w+\+?\}/g, '7'.repeat(32));
      const request = { method, headers: basic(key), body: method === 'POST' ? '{}' : undefined };

      const answer = await world.call({ ...request, path: plain });
      const shouted = await world.call({ ...request, path: `${plain.toUpperCase()}/`, query: '_=1767323045000' });

      expect(shouted).toEqual(answer);
      expect(answer.body || answer.headers?.location).toBeTruthy();
    },
  );

  it('says from when and until when a licence is good', async () => {
    const [createdAt, expiresAt] = [startedAt - 1000, startedAt + 1000];
    const stored = { companyId: company, name: 'till', scopes: ['print' as const], createdAt };
    await world.ports.registry.putKey({ ...stored, digest: keyDigest('limited'), expiresAt });
    const licence = async (name: string) => {
      const { statusCode, body = '' } = await world.call({
        method: 'GET',
        path: '/api/v1/licensing',
        headers: basic(name),
      });
      return { status: statusCode, ...(statusCode === 200 ? JSON.parse(body) : {}) };
    };

    expect(await licence('limited')).toMatchObject({
      ...{ status: 200, guid: 'limited', from: '2026-01-02T03:04:04.000Z', to: '2026-01-02T03:04:06.000Z' },
    });
    expect((await licence(key)).to).toBe('9999-12-31T23:59:59Z');
    world.wait(1000);
    expect(await licence('limited')).toEqual({ status: 401 });
  });

  it('has case-insensitive query parameters', async () => {
    const path = '/api/v1/printHtml/htmlPrintDefaults';
    const inMillimetres = await world.call({ method: 'GET', path: `${path}/2`, headers: basic(key) });

    expect(await world.call({ method: 'GET', path, query: 'Units=2', headers: basic(key) })).toEqual(inMillimetres);
    expect(inMillimetres.body).toContain('19.05');
  });

  it("does not find another company's job, and cancels it no more than one that never was", async () => {
    const body = JSON.stringify({ contentType: 2, content: 'x' });
    const printed = await world.call({ method: 'POST', path: '/api/v1/printHtml/print', headers: basic(key), body });
    const { jobIdentifier } = JSON.parse(printed.body ?? '');

    for (const [method, call] of [
      ['GET', 'status'],
      ['PUT', 'canceljob'],
    ] as const) {
      const path = `/api/v1/printHtml/${call}/${jobIdentifier}`;
      const theirs = await world.call({ method, path, headers: basic(otherKey) });
      const never = await world.call({
        method,
        path: path.replace(/.{32}$/, '8'.repeat(32)),
        headers: basic(otherKey),
      });

      expect(theirs.statusCode).toBe(404);
      expect(theirs).toEqual(never);
    }
    const status = await world.call({
      method: 'GET',
      path: `/api/v1/printHtml/status/${jobIdentifier}`,
      headers: basic(key),
    });
    expect(JSON.parse(status.body ?? '')).toMatchObject({ status: 1 });
  });
});

describe('the status of a job', () => {
  const statusOf = (job: Partial<Job>) =>
    JSON.parse(String(jobStatus('token')({ job: { reasons: [], since: 0, ...job } as unknown as Job }).body));
  const output = { fileName: 'a.pdf', keepMilliseconds: 1, once: true };

  const expected: Record<Standing, number> = {
    'pending-held/job-incoming': 0,
    'pending-held/job-hold-until-specified': 1,
    'pending/job-queued': 1,
    'processing/job-transforming': 2,
    'pending/job-fetchable': 4,
    'processing/queued-in-device': 5,
    'processing/job-printing': 5,
    'processing-stopped/printer-stopped': 5,
    'processing-stopped/delivery-unconfirmed': 5,
    'completed/job-completed-successfully': 6,
    'canceled/job-canceled-by-user': -2,
    'aborted/aborted-by-system': -1,
  };
  it.each(Object.keys(transitions) as Standing[])('is defined for %s', standing => {
    expect(statusOf({ standing })).toMatchObject({ status: expected[standing], jobIdentifier: 'token' });
  });

  const steps: Record<PreparationStep, number> = {
    starting: 2,
    downloading: 3,
    downloaded: 4,
    rendering: 5,
    'rendering-pdf': 8,
  };
  it.each(Object.entries(steps))('is defined while the job is %s', (step, status) => {
    const standing = 'processing/job-transforming';

    expect(statusOf({ standing, step: step as PreparationStep }).status).toBe(status);
  });

  it('is 6 until a file was downloaded, then 100, also after it was deleted; and -2 if it was never downloaded', () => {
    const standing = 'completed/job-completed-successfully';

    expect(statusOf({ standing, output }).status).toBe(6);
    expect(statusOf({ standing, output: { ...output, collectedAt: 1 } }).status).toBe(100);
    expect(statusOf({ standing, output: { ...output, collectedAt: 1, discardedAt: 2 } }).status).toBe(100);
    const abandoned = statusOf({ standing, output: { ...output, discardedAt: 2 } });
    expect(abandoned).toMatchObject({ status: -2, message: 'The file was never collected.' });
  });

  it('is -2 for a job that expired, and -1 with a message for any other that the system ended', () => {
    const standing = 'aborted/aborted-by-system';

    expect(statusOf({ standing, reasons: ['expired'], message: 'No relay came.' })).toMatchObject({
      status: -2,
      message: 'No relay came.',
    });
    expect(statusOf({ standing, reasons: ['document-format-error'] })).toMatchObject({
      status: -1,
      message: expect.stringContaining('document-format-error'),
    });
    expect(statusOf({ standing, reasons: ['delivery-unconfirmed'], message: 'It may have printed.' }).status).toBe(-1);
  });

  it('includes reasons that a person can resolve', () => {
    const stopped = { standing: 'processing-stopped/printer-stopped' as const, reasons: ['media-empty'] };
    const missing = { standing: 'completed/job-completed-successfully' as const, warnings: ['No font has 𓀀.'] };

    expect(statusOf(stopped).message).toContain('media-empty');
    expect(statusOf({ ...missing, output }).message).toBe('No font has 𓀀.');
  });

  it('is a number that lets the client go on, or one that it knows for an end, for every job that is not collected', () => {
    const known = [0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -2];

    for (const standing of Object.keys(transitions) as Standing[]) {
      expect(known).toContain(statusOf({ standing, output }).status);
    }
  });
});

describe('a refusal', () => {
  it.each(printErrorCodes)('for %s has a text that the client shows', code => {
    const { status, headers, body } = errorText(new PrintError(code, 'What was wrong.'));

    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(body).not.toBe('');
  });

  const hard = [
    'bad-request',
    'unauthorized',
    'forbidden',
    'bad-options',
    'rate-limited',
    'overloaded',
    'idempotency-key-reused',
    'internal',
  ];
  it.each(printErrorCodes)('of a print for %s is soft when a user can do something about it', code => {
    const answer = softError(new PrintError(code, 'What was wrong.'));

    expect(answer === undefined).toBe(hard.includes(code));
    if (!answer) return;
    expect(answer.status).toBe(202);
    expect(JSON.parse(String(answer.body))).toMatchObject({
      status: 3,
      jobIdentifier: '',
      message: expect.stringContaining('What was wrong.'),
    });
  });

  it('is returned for a print that created no job', () => {
    expect(JSON.parse(String(queued([]).body)).jobIdentifier).toBe('');
  });
});
