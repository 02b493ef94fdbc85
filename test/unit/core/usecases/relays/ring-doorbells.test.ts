import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import { documentKey } from '../../../../../shared/core/domain/document.ts';
import type { CompanyId, JobId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Messages, Ports, RelayLink } from '../../../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitConversion } from '../../../../../shared/core/usecases/documents/submit-conversion.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { offerJobs } from '../../../../../shared/core/usecases/relays/offer-jobs.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, connectRelay, openWorld, relayId, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const laser = { locationId: 'office', deviceId: 'laser' };
const label = { locationId: 'office', deviceId: 'label' };
const request = { contract: 'platen' as const, targets: [laser], template: {}, properties: {} };
const offer = (printer = laser) => ({ queue: 'offer', message: { companyId: company, printer } });
const converter = { convert: async () => ({ bytes: Buffer.from('%PDF-1.7 made'), warnings: [] }) };

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const submit = (more: Partial<Parameters<typeof submitDocument>[2]> = {}, ports: Partial<Ports> = {}) =>
  submitDocument({ ...world.ports, ...ports }, principal, { ...request, bytes: Buffer.from('paper'), ...more });

/** A job whose document is not ready yet. */
async function submitUnmade(): Promise<Job> {
  const conversion = { kind: 'fetch' as const, document: { kind: 'url' as const, url: 'https://example.com/' } };
  const [job] = await submitConversion(world.ports, principal, { ...request, name: 'page', conversion });
  return job as Job;
}

const prepare = ({ id }: Job, ports: Partial<Ports> = {}) =>
  prepareJobs({ ...world.ports, ...ports, converter }, { jobIds: [id] });

const ids = (jobs: { id: JobId }[]) => jobs.map(({ id }) => id);
/** The contents of each message sent to relays. */
const ticketsSent = () =>
  world.sent.map(({ message }) => message.type === 'tickets' && message.tickets.map(({ jobId }) => jobId));

const away: RelayLink = {
  publish: async () => {
    throw new Error('the relay link is away');
  },
};

describe('a job that is ready at submission', () => {
  it('is published to its relay at once, without the queue', async () => {
    const jobs = await submit();

    expect(world.sent.map(sent => sent.relayId)).toEqual([relayId]);
    expect(ticketsSent()).toEqual([ids(jobs)]);
    expect(world.queued).toEqual([]);
  });

  it('is published with the same message as by the queue', async () => {
    await submit();

    await offerJobs(world.ports, offer().message);

    const [rung, offered] = world.sent;
    expect(rung).toEqual(offered);
  });

  it('is stored with its document before it is published', async () => {
    const found: unknown[] = [];
    const relayLink: RelayLink = {
      async publish(_, message) {
        if (message.type !== 'tickets') return;
        for (const { jobId } of message.tickets) {
          const job = await world.ports.jobs.get(jobId);
          const document = await world.ports.documents.read(job?.document?.key ?? documentKey(company, 'none'));
          found.push([job?.standing, document && (await buffer(document)).toString()]);
        }
      },
    };

    await submit({}, { relayLink });

    expect(found).toEqual([['pending/job-fetchable', 'paper']]);
  });

  it('is published with a timeout acceptable to clients', async () => {
    const patience: unknown[] = [];
    const relayLink: RelayLink = {
      async publish(_relay, _message, withinMilliseconds) {
        patience.push(withinMilliseconds);
      },
    };

    await submit({}, { relayLink });

    expect(patience).toEqual([1500]);
  });

  it('is published for each of several printers', async () => {
    const jobs = await submit({ targets: [laser, label, laser] });

    const [first, second, third] = ids(jobs);
    expect(ticketsSent().toSorted()).toEqual([[first, third], [second]].toSorted());
    expect(world.queued).toEqual([]);
  });

  it('is queued only for printers whose relay cannot be reached', async () => {
    const relayLink: RelayLink = {
      async publish(id, message) {
        if (message.type === 'tickets' && message.tickets[0]?.deviceId === 'label') throw new Error('away');
        await world.ports.relayLink.publish(id, message);
      },
    };

    const [first] = await submit({ targets: [laser, label] }, { relayLink });

    expect(ticketsSent()).toEqual([[first?.id]]);
    expect(world.queued).toEqual([offer(label)]);
  });

  it('is queued for a location without a relay', async () => {
    const rival = 'rival' as CompanyId;

    await submitDocument(
      world.ports,
      { companyId: rival, scopes: ['print'] },
      { ...request, bytes: Buffer.from('paper') },
    );

    expect(world.sent).toEqual([]);
    expect(world.queued).toEqual([{ queue: 'offer', message: { companyId: rival, printer: laser } }]);
  });

  it('is accepted and queued while the relay link or the places are unavailable', async () => {
    const waiting = async () => {
      throw new Error('the table is away');
    };

    const [first] = await submit({}, { relayLink: away });
    const [second] = await submit({ targets: [label] }, { jobs: { ...world.ports.jobs, waiting } });

    expect([first?.standing, second?.standing]).toEqual(['pending/job-fetchable', 'pending/job-fetchable']);
    expect(world.sent).toEqual([]);
    expect(world.queued).toEqual([offer(), offer(label)]);
  });

  it('is queued by the sweep if its process died before publishing', async () => {
    const { promise: isAboutToRing, resolve } = Promise.withResolvers<void>();
    const dying: RelayLink = {
      publish: () => {
        resolve();
        return new Promise(() => {});
      },
    };
    await connectRelay(world.ports);
    void submit({}, { relayLink: dying });
    await isAboutToRing;

    world.wait(31_000);
    await sweep(world.ports);

    expect(world.queued).toEqual([offer()]);
  });

  it('is not published if it was canceled meanwhile', async () => {
    const { jobs } = world.ports;
    const create: typeof jobs.create = async (...given) => {
      const outcome = await jobs.create(...given);
      if (typeof outcome === 'object' && 'created' in outcome) {
        for (const { id } of outcome.created) await cancelJob(world.ports, principal, { id });
      }
      return outcome;
    };

    await submit({}, { jobs: { ...jobs, create } });

    expect(world.sent).toEqual([]);
    expect(world.queued).toEqual([]);
  });
});

describe('a job behind others', () => {
  it('is queued, and earlier jobs are offered first', async () => {
    const [first] = await submit({}, { relayLink: away });
    const [second] = await submit();
    expect(ticketsSent()).toEqual([]);

    for (const { message } of world.queued) await offerJobs(world.ports, message as Messages['offer']);

    expect(world.queued).toEqual([offer(), offer()]);
    expect(ticketsSent()).toEqual([
      [first?.id, second?.id],
      [first?.id, second?.id],
    ]);
  });

  it('does not overtake one that is being prepared', async () => {
    const unmade = await submitUnmade();
    const [ready] = await submit();
    await offerJobs(world.ports, offer().message);
    expect(ticketsSent()).toEqual([]);

    await prepare(unmade);
    await offerJobs(world.ports, offer().message);

    expect(ticketsSent()).toEqual([[unmade.id, ready?.id]]);
  });
});

describe('a job behind twenty others', () => {
  /** More jobs than fit into one message: the relay receives `more`. */
  async function offerMany(): Promise<void> {
    for (let made = 0; made < 21; made++) await submit();
    await offerJobs(world.ports, offer().message);
    world.sent.length = 0;
    world.queued.length = 0;
  }
  const fetchTickets = () => handleRelayEvent(world.ports, { type: 'fetch', relayId, instance: 'one' });

  it('needs no message while the relay is about to ask for more', async () => {
    await offerMany();

    await submit();
    await offerJobs(world.ports, offer().message);

    expect([world.sent, world.queued]).toEqual([[], []]);
  });

  it('is queued when the relay has not asked within a second', async () => {
    await offerMany();
    world.wait(1000);

    await submit();
    await offerJobs(world.ports, offer().message);

    expect(world.queued).toEqual([offer()]);
    expect(ticketsSent()).toHaveLength(1);
  });

  it('is queued when the relay has asked and was given the rest', async () => {
    await offerMany();
    for (const { id } of await world.ports.jobs.waiting(company, laser, 20)) {
      await handleRelayEvent(world.ports, { type: 'acknowledge', relayId, jobId: id, attempt: 1 });
    }
    await fetchTickets();

    await submit();

    expect(world.queued).toEqual([offer()]);
  });

  it('is queued for another printer of the relay, and where processes share no memory', async () => {
    await offerMany();
    const registry = { ...world.ports.registry, isLocal: false };

    await submit({ targets: [label] }, { relayLink: { publish: away.publish } });
    await submit({}, { registry });

    expect(world.queued).toEqual([offer(label), offer()]);
  });
});

describe('a job whose document was produced', () => {
  it('is published to its relay at once', async () => {
    const job = await submitUnmade();
    world.queued.length = 0;

    await prepare(job);

    expect(ticketsSent()).toEqual([[job.id]]);
    expect(world.queued).toEqual([]);
  });

  it('is queued while the relay link is unavailable', async () => {
    const job = await submitUnmade();
    world.queued.length = 0;

    await prepare(job, { relayLink: away });

    expect((await world.ports.jobs.get(job.id))?.standing).toBe('pending/job-fetchable');
    expect(world.queued).toEqual([offer()]);
  });
});
