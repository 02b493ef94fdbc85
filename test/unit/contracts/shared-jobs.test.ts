import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handleRelayEvent } from '../../../shared/core/usecases/jobs/relay-events.ts';
import { company, key, openWorld, otherKey, relayId, type World } from '../world.ts';

const dayMilliseconds = 24 * 60 * 60_000;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function call(method: string, path: string, { body, secret }: { body?: object; secret?: string } = {}) {
  const authorization: Record<string, string> = secret ? { authorization: `Bearer ${secret}` } : {};
  const headers = { 'content-type': 'application/json', ...authorization };
  const answer = await world.call({ method, path: `/platen/v1/${path}`, headers, body: body && JSON.stringify(body) });
  return { status: answer.statusCode, text: answer.body ?? '', json: JSON.parse(answer.body ?? '{}') };
}

async function submit(members: object = {}): Promise<string> {
  const document = { base64: 'aGVsbG8K' };
  const body = { printer: 'office:laser', name: 'pay slip', user: 'ada', tags: ['july'], document, ...members };
  return (await call('POST', 'jobs', { body, secret: key })).json.jobs[0].id;
}
const share = async (id: string, secret = key) => (await call('POST', `jobs/${id}/share`, { secret })).json;
const opened = (token: string) => call('GET', `shared/${token}`);

describe('the link of a job', () => {
  it('shows where the job is and why, and changes with it', async () => {
    const id = await submit();
    const { token } = await share(id);
    const before = await opened(token);

    await call('POST', `jobs/${id}/cancel`, { secret: key });

    expect(before.json).toMatchObject({ name: 'pay slip', printer: 'office:laser', state: 'pending' });
    expect(before.json.next).toMatch(/kept until/);
    expect((await opened(token)).json).toMatchObject({
      summary: 'cancelled',
      history: [{ state: 'pending' }, { state: 'canceled' }],
    });
  });

  it('contains no id, which would permit a download, no person and no key', async () => {
    const [first, second] = [await submit({ supersedes: 'july' }), await submit({ supersedes: 'july' })];
    const { token } = await share(first);

    const { text } = await opened(token);

    expect(text).toContain('A newer job replaced it.');
    for (const secret of [first, second, 'ada', 'july', 'actor', 'test']) expect(text).not.toContain(secret);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain(first);
  });

  it('leaves out the words of the relay, which may name hosts of the site', async () => {
    const id = await submit();
    const from = { relayId, jobId: id as never, attempt: 1 };
    await handleRelayEvent(world.ports, { ...from, type: 'acknowledge' });
    await handleRelayEvent(world.ports, {
      ...{ ...from, type: 'report', sequence: 1, at: 0 },
      ...{ state: 'aborted', reasons: [], message: 'connect ECONNREFUSED 192.0.2.7:631' },
    });

    const { json, text } = await opened((await share(id)).token);

    expect(json).toMatchObject({ summary: 'failed', message: 'The job failed.' });
    expect(text).not.toContain('192.0.2.7');
  });

  it('expires after seven days', async () => {
    const { token, expiresAt } = await share(await submit());
    const { json } = await opened(token);
    expect(json.sharedUntil).toBe(expiresAt);

    world.wait(7 * dayMilliseconds - 1);
    expect((await opened(token)).status).toBe(200);
    world.wait(1);

    expect((await opened(token)).status).toBe(404);
  });

  it('is refused when it was changed, or the company is inactive', async () => {
    const { token } = await share(await submit());
    const changed = (token.startsWith('A') ? 'B' : 'A') + token.slice(1);
    expect([(await opened(changed)).status, (await opened('A')).status]).toEqual([404, 404]);

    const found = await world.ports.registry.getCompany(company);
    if (found) await world.ports.registry.saveCompany({ ...found, active: false });

    expect((await opened(token)).json).toMatchObject({ code: 'not-found' });
  });

  it('is made only for a job of the own company', async () => {
    const id = await submit();

    expect(await share(id, otherKey)).toMatchObject({ code: 'not-found' });
  });
});
