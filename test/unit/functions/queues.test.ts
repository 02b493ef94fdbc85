import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { office, someJob } from '../../../doubles/samples.ts';
import { useApp } from '../../../shared/adapters/embedded/app.ts';
import type { Job } from '../../../shared/core/domain/job.ts';
import type { Webhook } from '../../../shared/core/domain/webhook.ts';
import { createWebhook } from '../../../shared/core/usecases/events/manage-webhooks.ts';
import { company, openWorld, relayId, type World } from '../world.ts';

/* What the exported handlers of queues and of the sweep do with the messages that use cases send. */

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function receive(name: 'notify' | 'offer' | 'prepare', ...messages: object[]) {
  const { handler } = await import(`../../../functions/${name}.ts`);
  const Records = messages.map((message, index) => {
    return { messageId: `m${index}`, body: JSON.stringify(message) } as SQSRecord;
  });
  const { batchItemFailures } = await handler({ Records } as SQSEvent, {} as Context);
  return batchItemFailures;
}

async function stored(changes: Partial<Job>): Promise<Job> {
  const job = someJob(company, changes);
  await world.ports.jobs.create([job]);
  return job;
}

describe('the queue offer', () => {
  it('gives the jobs of a printer to its relay', async () => {
    const document = { key: `companies/${company}/documents/d`, octets: 1, sha256: 'a', format: 'text/plain' };
    const { id } = await stored({ document, source: { kind: 'ready', document } });

    expect(await receive('offer', { companyId: company, printer: office })).toEqual([]);
    expect(world.sent).toMatchObject([{ relayId, message: { type: 'tickets', tickets: [{ jobId: id }] } }]);
  });

  it('gets a message back that the relay did not get', async () => {
    await stored({});
    useApp({ ...world.ports, relayLink: { publish: () => Promise.reject(new Error('the broker is away')) } });

    expect(await receive('offer', { companyId: company, printer: office })).toEqual([{ itemIdentifier: 'm0' }]);
  });
});

describe('the queue prepare', () => {
  it('reads a document that was stored, and offers its jobs', async () => {
    const key = `companies/${company}/documents/${'d'.repeat(32)}`;
    await world.ports.documents.put(key, Buffer.from('hello'));
    const { id } = await stored({ standing: 'pending/job-queued', source: { kind: 'stored', key } });

    expect(await receive('prepare', { jobIds: [id], companyId: company })).toEqual([]);
    expect(await world.ports.jobs.get(id)).toMatchObject({
      standing: 'pending/job-fetchable',
      document: { key, octets: 5, format: 'text/plain' },
    });
  });
});

describe('the queue notify', () => {
  it('settles a callback to an address that may not be called', async () => {
    const callback = { url: 'http://127.0.0.1:9/', origin: '' };
    const { id } = await stored({ standing: 'completed/job-completed-successfully', callback });

    expect(await receive('notify', { jobId: id, attempt: 1 })).toEqual([]);
    expect((await world.ports.jobs.get(id))?.callback?.settledAt).toBe(world.ports.clock.now());
  });

  it('tries to deliver an event, and notes what came of it', async () => {
    const principal = { companyId: company, scopes: ['admin' as const] };
    const open = { ...world.ports, eventPoster: { check: () => undefined, post: () => Promise.reject(new Error()) } };
    const { webhook }: { webhook: Webhook } = await createWebhook(open, principal, { url: 'https://127.0.0.1:9000/' });
    await stored({});
    const { newest: sequence } = await world.ports.events.range(company);

    const message = { companyId: company, webhookId: webhook.id, sequence, attempt: 1 };

    expect(await receive('notify', message)).toEqual([]);
    expect(await world.ports.webhookStore.healthOf(webhook.id)).toMatchObject({ failures: 1 });
  });
});

it('the schedule ends what was abandoned', async () => {
  const { handler } = await import('../../../functions/sweep.ts');
  const { id } = await stored({ dueAt: world.ports.clock.now(), submittedAt: 0, since: 0 });

  await handler({}, {} as Context);

  expect(await world.ports.jobs.get(id)).toMatchObject({ standing: 'aborted/aborted-by-system' });
});
