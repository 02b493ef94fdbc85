import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await Machine.make();
  await machine.start();
});
afterAll(() => machine.remove());

const look = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(machine.facts.endpoint + path, { headers });
  return { status: response.status, text: await response.text() };
};

describe('what supervisors ask one machine', () => {
  it('says without a key whether the process can work', async () => {
    const { status, text } = await look('/healthz');

    expect({ status, ...JSON.parse(text) }).toEqual({
      ...{ status: 'ok' },
      checks: { database: 'ok', disk: 'ok', broker: 'ok' },
    });
  });

  it('says whether documents reach paper', async () => {
    await until(async () => (await look('/readyz')).status === 200);

    const { text } = await look('/readyz');
    expect(JSON.parse(text).checks).toMatchObject({ relay: 'ok' });
  });

  it('counts jobs, times and queues for Prometheus', async () => {
    await machine.text('PUT', '/api/putfile?targets=office:folder&title=a', 'hello');
    const { text } = await until(async () => {
      const seen = await look('/metrics');
      return seen.text.includes('platen_jobs_completed_total 1') ? seen : undefined;
    });

    expect(text).toContain('platen_jobs_accepted_total 1');
    expect(text).toContain('platen_accepted_to_granted_seconds_count 1');
    expect(text).toContain('platen_granted_to_completed_seconds_count 1');
    expect(text).toMatch(/platen_queue_messages\{queue="prepare"\} 0/);
  });

  it('refuses metrics through a proxy', async () => {
    expect(await look('/metrics', { 'x-forwarded-for': '198.51.100.7' })).toMatchObject({ status: 403 });
  });

  it('logs each accepted job and each refusal, and no key', async () => {
    const refused = await machine.text('PUT', '/api/putfile?targets=office:nowhere&title=a', 'hello');
    await fetch(`${machine.facts.endpoint}/platen/v1/jobs`, { headers: { authorization: 'Bearer wrong-key-0815' } });

    expect(refused).toMatch(/^Error/);
    await until(() => machine.output.includes('request-unauthorized'));
    expect(machine.output).toMatch(/"event":"job-accepted"[^\n]*"companyId":"main"/);
    expect(machine.output).toMatch(/"event":"submission-refused"[^\n]*"code":"not-found"/);
    expect(machine.output).not.toContain('wrong-key-0815');
  });

  it('warns that others can read a data folder made by an older version', async () => {
    expect((await look('/readyz')).text).not.toContain('chmod');
    await machine.end();
    await chmod(machine.data, 0o755);
    await machine.start();

    const { warnings } = JSON.parse((await look('/readyz')).text);
    expect(warnings).toContainEqual(expect.stringContaining(`chmod 700 ${machine.data}`));
  });
});
