import { once } from 'node:events';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PrintError } from '../../../shared/core/domain/errors.ts';
import { httpHandler } from '../../../shared/handlers/http.ts';
import { deadlineSignal } from '../../../shared/protocol/deadline.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';
import { useMetrics } from '../../../shared/telemetry/metrics.ts';
import { eventFor, key, openWorld, printOnlyKey, type World } from '../world.ts';

let world: World;
let lines: Record<string, unknown>[];
let counted: string[];
let flushed: number;
let undo: () => void;

beforeEach(async () => {
  world = await openWorld();
  lines = [];
  counted = [];
  flushed = 0;
  useMetrics({ record: name => void counted.push(name), flush: () => void flushed++ });
  undo = configureLog({ level: 'debug', format: 'json', write: line => lines.push(JSON.parse(line)) });
});
afterEach(async () => {
  undo();
  useMetrics(undefined);
  await world.close();
});

const withKey = (given: string) => ({ authorization: `Bearer ${given}` });
const eventsOf = (...names: string[]) => lines.filter(({ event }) => names.includes(event as string));

describe('a request', () => {
  it('that a scope does not allow names the scope', async () => {
    const path = '/platen/v1/keys';

    const { statusCode, body } = await world.call({ method: 'GET', path, headers: withKey(printOnlyKey) });

    expect(statusCode).toBe(403);
    expect(body).toContain('This key does not have the scope \\"admin\\".');
  });

  it('with a method that its path lacks learns the methods that it has', async () => {
    const { statusCode, headers } = await world.call({
      method: 'PATCH',
      path: '/platen/v1/jobs',
      headers: withKey(key),
    });

    expect(statusCode).toBe(405);
    expect(String(headers?.allow).split(', ').toSorted()).toEqual(['GET', 'POST']);
  });

  it('that fails unexpectedly says nothing of the fault, which is logged', async () => {
    vi.spyOn(world.ports.jobs, 'list').mockRejectedValue(new Error('secret detail'));

    const { statusCode, body } = await world.call({ method: 'GET', path: '/platen/v1/jobs', headers: withKey(key) });

    expect(statusCode).toBe(500);
    expect(body).not.toContain('secret');
    expect(eventsOf('request-failed')).toMatchObject([
      { level: 'error', companyId: 'acme', error: { code: 'internal', cause: { message: 'secret detail' } } },
    ]);
  });

  it('that should be repeated later says when', async () => {
    const busy = new PrintError('rate-limited', 'Please wait.', { retryAfterSeconds: 7 });
    vi.spyOn(world.ports.jobs, 'list').mockRejectedValue(busy);

    const { headers } = await world.call({ method: 'GET', path: '/platen/v1/jobs', headers: withKey(key) });

    expect(headers).toMatchObject({ 'retry-after': '7' });
  });

  it('of an administrator is logged if it changes something', async () => {
    const path = '/platen/v1/keys';
    const body = JSON.stringify({ name: 'till', scopes: ['print'] });
    const headers = { ...withKey(key), 'content-type': 'application/json' };

    await world.call({ method: 'GET', path, headers });
    expect(eventsOf('admin-change')).toEqual([]);
    await world.call({ method: 'POST', path, headers, body });

    expect(eventsOf('admin-change')).toMatchObject([{ useCase: 'createKey', companyId: 'acme', level: 'info' }]);
  });

  it('that is refused is logged by what it was', async () => {
    await world.call({ method: 'GET', path: `/platen/v1/jobs/${'0'.repeat(32)}`, headers: withKey(key) });
    await world.call({ method: 'DELETE', path: `/platen/v1/jobs/${'0'.repeat(32)}`, headers: withKey(key) });
    await world.call({ method: 'POST', path: '/platen/v1/jobs', headers: withKey(key), body: '{' });

    const found = eventsOf('request-refused', 'submission-refused').map(({ event, level }) => [event, level]);
    expect(found.slice(0, 1)).toEqual([['request-refused', 'debug']]);
    expect(found.at(-1)).toEqual(['submission-refused', 'info']);
    const refusal = { code: 'not-found', message: 'Unknown job.' };
    expect(eventsOf('request-refused')[0]).toMatchObject(refusal);
  });

  it('without a key is logged with its address', async () => {
    // such lines are limited to one a second, and other tests may just have caused one
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await world.call({ method: 'GET', path: '/platen/v1/jobs' });

    expect(eventsOf('request-unauthorized')).toMatchObject([
      { level: 'warn', address: '192.0.2.1', message: 'An API key is required.' },
    ]);
  });

  it.each([
    [{ origin: 'https://shop.test' }, undefined],
    [{ 'sec-fetch-site': 'same-origin' }, undefined],
    [{}, 'Basic realm="Platen"'],
  ])('without a key causes no dialog over a page whose script sent it: %j', async (headers, challenge) => {
    const { statusCode, headers: answered } = await world.call({
      method: 'GET',
      path: '/api/v1/printHtml/settings',
      headers,
    });

    expect([statusCode, answered?.['www-authenticate']]).toEqual([401, challenge]);
  });

  it('that cannot be read is refused, also where there is nothing', async () => {
    const { statusCode } = await world.call({ method: 'GET', path: '/platen/v1/nothing', query: 'a=%ff' });

    expect(statusCode).toBe(400);
  });

  it.each<[string, string, string | undefined, string | undefined]>([
    ['unauthorized', 'GET', 'not a key', 'requestsUnauthorized'],
    ['a submission', 'POST', key, 'submissionsRefused'],
    ['another one', 'GET', printOnlyKey, undefined],
  ])('that is refused is counted by what it was: %s', async (_what, method, secret, name) => {
    const path = method === 'POST' ? '/platen/v1/jobs' : '/platen/v1/keys';

    await world.call({ method, path, headers: withKey(secret as string), body: method === 'POST' ? '{' : undefined });

    expect(counted).toEqual(name === undefined ? [] : [name]);
    expect(flushed).toBe(1);
  });

  it.each(['internal', 'overloaded'] as const)('that fails is counted and logged as our fault: %s', async code => {
    vi.spyOn(world.ports.jobs, 'list').mockRejectedValue(new PrintError(code, 'The store is away.'));

    await world.call({ method: 'GET', path: '/platen/v1/jobs', headers: withKey(key) });

    expect(counted).toContain('requestsFailed');
    expect(eventsOf('request-failed')).toMatchObject([{ level: 'error', error: { code } }]);
    expect(eventsOf('request-refused')).toEqual([]);
  });

  it('is logged with its number, its trace, its route and its key', async () => {
    const path = `/platen/v1/jobs/${'0'.repeat(32)}/cancel`;
    const headers = { ...withKey(key), 'x-amzn-trace-id': 'Root=1', traceparent: '00-2' };

    await world.call({ method: 'POST', path, headers });
    await world.call({ method: 'POST', path, headers: { ...withKey(key), traceparent: '00-2' } });

    expect(eventsOf('submission-refused')).toMatchObject([
      {
        ...{ requestId: 'JKJaXmPLvHcESHA=', traceId: 'Root=1', companyId: 'acme' },
        ...{ route: 'POST /platen/v1/jobs/{job}/cancel', keyId: expect.stringMatching(/^[0-9a-f]{12}$/) },
      },
      { traceId: '00-2' },
    ]);
  });

  it('has a deadline before the time of its function is up', async () => {
    const isAborted: (boolean | undefined)[] = [];
    const listJobs = async () => {
      const signal = deadlineSignal() as AbortSignal;
      isAborted.push(signal.aborted);
      await once(signal, 'abort');
      isAborted.push(signal.aborted);
      throw new PrintError('overloaded', 'The store does not answer.');
    };
    const handler = httpHandler(() => world.ports, { listJobs });
    const context = { getRemainingTimeInMillis: () => 1510 } as Context;

    const answer = await handler(eventFor({ method: 'GET', path: '/platen/v1/jobs', headers: withKey(key) }), context);

    expect([isAborted, answer.statusCode]).toEqual([[false, true], 503]);
  });
});
