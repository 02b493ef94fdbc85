import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeJobStore } from '../../../../../shared/adapters/aws/dynamo/job-store.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Ports } from '../../../../../shared/core/ports/index.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, connectRelay, openWorld, startedAt, type World } from '../../../world.ts';
import { JobsInMemory } from './early-looks.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const printer = { locationId: 'office', deviceId: 'laser' };

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function submitted(): Promise<Job> {
  const [job] = await submitDocument(
    world.ports,
    { companyId: company, scopes: ['print'] },
    { contract: 'platen', targets: [printer], template: {}, properties: {}, bytes: Buffer.from('paper') },
  );
  return job as Job;
}

const offer = { queue: 'offer', message: { companyId: company, printer } };

describe('a sweep', () => {
  // an index of SQLite has no early looks, so the number matters less there
  it.each<[store: string, others: number]>([
    ['DynamoDB', 100_000],
    ['SQLite', 2000],
  ])('handles a due job in the same minute, in %s behind %i that are not due', async (store, others) => {
    await connectRelay(world.ports);
    const job = await submitted();
    const { ports, table } =
      store === 'DynamoDB' ? withTable(job, others) : { ports: await withRows(job, others), table: undefined };
    world.wait(minute);
    const sweptAt = world.ports.clock.now();

    await sweep(ports);

    expect(world.queued).toEqual([offer]);
    expect(world.ports.clock.now() - sweptAt).toBeLessThan(minute);
    if (table) expect(table.moves).toBeGreaterThan(50_000);
  });

  function withTable(job: Job, others: number): { ports: Ports; table: JobsInMemory } {
    const table = new JobsInMemory(milliseconds => world.wait(milliseconds));
    table.putEarlyLooks({ ...job, dueAt: startedAt + day }, others, startedAt);
    table.put(job);
    const jobs = table.over(makeJobStore(table.table, world.ports.clock.now));
    return { ports: { ...world.ports, jobs }, table };
  }

  async function withRows(job: Job, others: number): Promise<Ports> {
    for (let batch = 0; batch < others / 50; batch++) {
      await world.ports.jobs.create(
        Array.from({ length: 50 }, (_, index) => ({
          ...job,
          id: (batch * 50 + index + 1e9).toString(16).padStart(32, '0') as Job['id'],
          printer: { ...printer, deviceId: `${batch % 100}` },
          dueAt: startedAt + day,
        })),
      );
    }
    return world.ports;
  }

  it('moves early looks, so that the next one does not read them', async () => {
    const job = await submitted();
    const table = new JobsInMemory(milliseconds => world.wait(milliseconds));
    table.putEarlyLooks({ ...job, dueAt: startedAt + day }, 300, startedAt);
    const jobs = table.over(makeJobStore(table.table, world.ports.clock.now));
    world.wait(minute);

    await sweep({ ...world.ports, jobs });
    expect(table.moves).toBe(300);
    await sweep({ ...world.ports, jobs });

    expect(table.moves).toBe(300);
  });

  it('reads the job when another release wrote its item last', async () => {
    await connectRelay(world.ports);
    const job = await submitted();
    const table = new JobsInMemory(() => undefined);
    table.put(job);
    // an item with the time of an earlier version
    const [item] = table.items.values();
    Object.assign(item as object, { due: { S: `${job.version - 1}:${startedAt + day}` } });
    world.wait(minute);

    await sweep({ ...world.ports, jobs: table.over(makeJobStore(table.table, world.ports.clock.now)) });

    expect(world.queued).toEqual([offer]);
  });

  it('ends after 45 seconds, and the next one continues', async () => {
    await connectRelay(world.ports);
    const jobs: Job[] = [];
    for (let count = 0; count < 120; count++) jobs.push(await submitted());
    world.wait(minute);
    const save: Ports['jobs']['save'] = async job => {
      world.wait(1000);
      return await world.ports.jobs.save(job);
    };

    const first = await sweep({ ...world.ports, jobs: { ...world.ports.jobs, save } });
    const second = await sweep(world.ports);

    expect(first).toBeLessThan(120);
    expect(first + second).toBeGreaterThanOrEqual(120);
  });
});

describe('a waiting job whose relay is offline', () => {
  it('is not offered, and only looked at again after an hour', async () => {
    const job = await submitted();
    world.wait(minute);

    await sweep(world.ports);

    expect(world.queued).toEqual([]);
    const { dueAt = 0 } = (await world.ports.jobs.get(job.id)) as Job;
    expect(dueAt - job.since).toBeGreaterThanOrEqual(60 * minute);
    expect(dueAt - job.since).toBeLessThanOrEqual(3 * 60 * minute);
  });

  it('is offered then, in case the relay is there after all', async () => {
    await submitted();
    world.wait(minute);
    await sweep(world.ports);
    world.wait(3 * 60 * minute);

    await sweep(world.ports);

    expect(world.queued).toEqual([offer]);
  });

  it('expires by its deadline all the same', async () => {
    const job = await submitted();
    for (let hours = 0; hours < 80; hours++) {
      world.wait(60 * minute);
      await sweep(world.ports);
    }

    expect((await world.ports.jobs.get(job.id))?.standing).toBe('aborted/aborted-by-system');
  });
});
