import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { PlatenClient, type PlatenEvent } from '../../shared/client.ts';

/*
 * Events of a server that is killed again and again while it takes and prints jobs: the log has exactly what happened, and a
 * receiver gets all of it.
 */

let machine: Machine;
let receiver: Server;
const received = new Map<string, { headers: Record<string, string>; body: string }>();

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const headers = request.headers as Record<string, string>;
    received.set(headers['webhook-id'] as string, { headers, body });
    response.end();
  });
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve));
  machine = await Machine.make(['--allow-fetch', '127.0.0.1']);
  await machine.start();
});
afterAll(async () => {
  await machine.remove();
  receiver.closeAllConnections();
  receiver.close();
});

async function logOf(): Promise<PlatenEvent[]> {
  const client = new PlatenClient({ ...machine.facts });
  const events: PlatenEvent[] = [];
  for (let after = 0; ; ) {
    const page = await client.listEvents({ after, types: ['job.*', 'printer.*', 'location.*', 'relay.*'] });
    events.push(...page.events);
    if (!page.more) return events;
    after = page.next;
  }
}

it('has no event that was lost or invented by kill -9, and delivers each', async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const made = await machine.call('POST', '/platen/v1/webhooks', JSON.stringify({ url, types: ['job.*'] }));
  const { secret } = (await made.json()) as { secret: string };
  const document = JSON.stringify({ printer: 'office:folder', document: { base64: 'JVBERi0xLjQK' } });
  for (let round = 0; round < 4; round++) {
    let accepted = 0;
    const printing = Array.from({ length: 40 }, () =>
      machine.call('POST', '/platen/v1/jobs', document).then(
        () => accepted++,
        () => undefined,
      ),
    );
    await until(() => accepted > 10 * round);
    await machine.end('SIGKILL');
    await Promise.all(printing);
    await machine.start();
  }
  const client = new PlatenClient({ ...machine.facts });
  const jobs = await until(async () => {
    const found = await Array.fromAsync(client.jobs());
    return found.every(({ state }) => state === 'completed') ? found : undefined;
  });
  const log = await logOf();
  expect(jobs.length).toBeGreaterThan(60);

  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_event, index) => index + 1));
  expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
  const ofJobs = Map.groupBy(
    log.filter(({ type }) => type.startsWith('job.')),
    ({ subject }) => subject,
  );
  expect([...ofJobs.keys()].toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
  for (const events of ofJobs.values()) {
    expect([events.at(0)?.type, events.at(-1)?.type]).toEqual(['job.created', 'job.completed']);
    const versions = events.map(({ subjectVersion }) => subjectVersion);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  }
  const wanted = log.filter(({ type }) => type.startsWith('job.') && type !== 'job.printing').map(({ id }) => id);
  await until(() => wanted.every(id => received.has(id)));
  for (const id of wanted) {
    const { headers, body } = received.get(id) as { headers: Record<string, string>; body: string };
    expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  }
});

it('holds no webhook up for one whose receiver never answers, which gets four events at once', async () => {
  let [open, most] = [0, 0];
  const silent = createServer(request => {
    most = Math.max(most, ++open);
    request.resume().socket.once('close', () => open--);
  });
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const subscribe = (server: Server) => {
    const url = `http://127.0.0.1:${portOf(server)}/`;
    return machine.call('POST', '/platen/v1/webhooks', JSON.stringify({ url, types: ['job.created'] }));
  };
  await subscribe(silent);
  await subscribe(receiver);
  received.clear();
  const document = JSON.stringify({ printer: 'office:folder', document: { base64: 'JVBERi0xLjQK' } });
  const made = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const answer = await machine.call('POST', '/platen/v1/jobs', document);
      return ((await answer.json()) as { jobs: { id: string }[] }).jobs[0]?.id;
    }),
  );

  await until(() => {
    const subjects = [...received.values()].map(({ body }) => JSON.parse(body)).filter(isCreated);
    return made.every(id => subjects.some(({ subject }) => subject === id));
  });

  expect(open).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
});

const isCreated = ({ type }: { type: string }) => type === 'job.created';
