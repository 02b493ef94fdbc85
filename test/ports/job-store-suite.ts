import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Harness } from '../../doubles/harness.ts';
import { office, someCompany, someJob, someToken } from '../../doubles/samples.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import { applyEvent } from '../../shared/core/domain/job-events.ts';
import type { JobStore } from '../../shared/core/ports/index.ts';

const day = 24 * 60 * 60_000;

export function jobStoreSuite(name: string, open: () => Promise<Harness & { jobs: JobStore }>): void {
  describe(`job store: ${name}`, () => {
    let harness: Harness & { jobs: JobStore };
    let jobs: JobStore;

    beforeAll(async () => {
      harness = await open();
      jobs = harness.jobs;
    });
    afterAll(() => harness.close());

    const created = async (job: Job) => {
      const outcome = await jobs.create([job]);
      return (outcome as { created: Job[] }).created[0] as Job;
    };
    const claimOf = (companyId: Job['companyId'], fingerprint = 'one request') => ({
      companyId,
      key: 'client’s own words / 1',
      fingerprint,
    });

    describe('create', () => {
      test('stores each job with version 1, its sequence, and its other fields unchanged', async () => {
        const company = someCompany();
        const [first, second] = [someJob(company), someJob(company, { message: 'Ünïcode ✓', dueAt: 5, pageCount: 3 })];

        const outcome = await jobs.create([first, second]);

        const expected = [
          { ...first, version: 1, sequence: 1 },
          { ...second, version: 1, sequence: 2 },
        ];
        expect(outcome).toEqual({ created: expected });
        expect(await jobs.get(first.id)).toEqual(expected[0]);
        expect(await jobs.get(second.id)).toEqual(expected[1]);
      });

      test('writes no job if one of them exists already', async () => {
        const company = someCompany();
        const known = await created(someJob(company));
        const fresh = someJob(company);

        await expect(jobs.create([fresh, { ...known, name: 'an intruder' }])).rejects.toThrow();

        expect(await jobs.get(fresh.id)).toBeUndefined();
        expect(await jobs.get(known.id)).toEqual(known);
        expect((await jobs.list(company, 10)).jobs).toHaveLength(1);
      });

      test('accepts 50 jobs at once and refuses 51', async () => {
        const company = someCompany();
        const many = Array.from({ length: 51 }, () => someJob(company));

        await expect(jobs.create(many)).rejects.toMatchObject({ code: 'too-many' });
        const outcome = await jobs.create(many.slice(1));

        expect((outcome as { created: Job[] }).created.map(job => job.sequence)).toEqual(
          many.slice(1).map((_, i) => i + 1),
        );
        expect(await jobs.get((many[0] as Job).id)).toBeUndefined();
      });

      test('counts each printer separately, and does not count jobs without a printer', async () => {
        const company = someCompany();
        const label = { locationId: 'office', deviceId: 'label' };

        await created(someJob(company));
        const outcome = await jobs.create([
          someJob(company, { printer: label }),
          someJob(company),
          someJob(company, { printer: undefined }),
        ]);
        const elsewhere = await created(someJob(someCompany()));

        expect((outcome as { created: Job[] }).created.map(job => job.sequence)).toEqual([1, 2, 0]);
        expect(elsewhere.sequence).toBe(1);
      });

      test('assigns no sequence twice under concurrency, and a higher one to later calls', async () => {
        const company = someCompany();

        const early = await Promise.all(Array.from({ length: 30 }, () => created(someJob(company))));
        const late = await created(someJob(company));

        expect(new Set(early.map(job => job.sequence)).size).toBe(30);
        expect(late.sequence).toBeGreaterThan(Math.max(...early.map(job => job.sequence)));
      });
    });

    describe('a quota of jobs a day', () => {
      const make = (company: Job['companyId'], count: number, more: Parameters<JobStore['create']>[1] = undefined) =>
        jobs.create(
          Array.from({ length: count }, () => someJob(company)),
          more,
          { jobsPerDay: 3 },
        );

      test('takes all jobs of a call or none, for each company apart', async () => {
        const company = someCompany();

        expect(await make(company, 4)).toBe('day-is-full');
        expect(await make(company, 2)).toHaveProperty('created');
        expect(await make(company, 2)).toBe('day-is-full');
        expect(await make(company, 1)).toHaveProperty('created');
        expect(await make(someCompany(), 3)).toHaveProperty('created');
        expect((await jobs.list(company, 10)).jobs).toHaveLength(3);
      });

      test('is exact when many calls come at once', async () => {
        const company = someCompany();

        const outcomes = await Promise.all(Array.from({ length: 8 }, () => make(company, 1)));

        expect(outcomes.filter(outcome => outcome !== 'day-is-full')).toHaveLength(3);
      });

      test('counts a repeated call once, and returns its jobs on a full day', async () => {
        const company = someCompany();
        await make(company, 1, claimOf(company));
        await make(company, 1, claimOf(company));
        expect(await make(company, 2)).toHaveProperty('created');

        expect(await make(company, 1, claimOf(company))).toHaveProperty('replayed');
        expect(await make(company, 1)).toBe('day-is-full');
      });

      test('is whole again on the next day', async () => {
        const company = someCompany();
        await make(company, 3);
        await harness.advance(day);

        expect(await make(company, 3)).toHaveProperty('created');
      });
    });

    describe('claims', () => {
      test('a repeated request returns the same jobs and writes nothing', async () => {
        const company = someCompany();
        const [first, second] = [someJob(company), someJob(company)];

        await jobs.create([first, second], claimOf(company));
        const again = await jobs.create([someJob(company), someJob(company)], claimOf(company));

        expect(again).toEqual({ replayed: [first.id, second.id] });
        expect(await jobs.claimed(claimOf(company))).toEqual({ replayed: [first.id, second.id] });
        expect((await jobs.list(company, 10)).jobs).toHaveLength(2);
      });

      test('a different request under the same key is refused and writes nothing', async () => {
        const company = someCompany();
        await jobs.create([someJob(company)], claimOf(company));

        const other = await jobs.create([someJob(company)], claimOf(company, 'another request'));

        expect(other).toBe('other-request');
        expect(await jobs.claimed(claimOf(company, 'another request'))).toBe('other-request');
        expect((await jobs.list(company, 10)).jobs).toHaveLength(1);
      });

      test('exactly one of many concurrent requests under one key creates', async () => {
        const company = someCompany();

        const outcomes = await Promise.all(
          Array.from({ length: 10 }, () => jobs.create([someJob(company)], claimOf(company))),
        );

        const isCreated = (outcome: object | string) => typeof outcome === 'object' && 'created' in outcome;
        expect(outcomes.filter(isCreated)).toHaveLength(1);
        const { jobs: stored } = await jobs.list(company, 20);
        expect(stored).toHaveLength(1);
        for (const outcome of outcomes.filter(outcome => !isCreated(outcome))) {
          expect(outcome).toEqual({ replayed: [stored[0]?.id] });
        }
      });

      test('a key of another company is another key', async () => {
        await jobs.create([someJob(someCompany())], claimOf(someCompany()));
        const company = someCompany();

        expect(await jobs.claimed(claimOf(company))).toBeUndefined();
        expect(await jobs.create([someJob(company)], claimOf(company))).toHaveProperty('created');
      });

      test('a create that failed leaves no claim', async () => {
        const company = someCompany();
        const known = await created(someJob(company));

        await expect(jobs.create([known], claimOf(company))).rejects.toThrow();

        expect(await jobs.claimed(claimOf(company))).toBeUndefined();
      });

      test('a claim expires after a day', async () => {
        const company = someCompany();
        const job = someJob(company);
        await jobs.create([job], claimOf(company));

        await harness.advance(day - 60_000);
        const before = await jobs.claimed(claimOf(company));
        await harness.advance(120_000);

        expect(before).toEqual({ replayed: [job.id] });
        expect(await jobs.claimed(claimOf(company))).toBeUndefined();
        expect(await jobs.create([someJob(company)], claimOf(company, 'another request'))).toHaveProperty('created');
      });
    });

    describe('get and save', () => {
      test('returns undefined for a missing job', async () => {
        expect(await jobs.get(someJob(someCompany()).id)).toBeUndefined();
      });

      test('saves over the version that was read and increments it', async () => {
        const job = await created(someJob(someCompany(), { dueAt: 7 }));

        const saved = await jobs.save({ ...job, message: 'once', dueAt: undefined });

        expect(saved).toEqual({ saved: { ...job, message: 'once', dueAt: undefined, version: 2 } });
        expect(await jobs.get(job.id)).toEqual({ ...job, message: 'once', dueAt: undefined, version: 2 });
      });

      test('writes nothing over another version and returns the stored job', async () => {
        const job = await created(someJob(someCompany()));
        await jobs.save({ ...job, message: 'first' });

        const refused = await jobs.save({ ...job, message: 'second' });

        expect(refused).toEqual({ conflict: { ...job, message: 'first', version: 2 } });
        expect((await jobs.get(job.id))?.message).toBe('first');
      });

      test('returns an empty conflict for a missing job', async () => {
        const job = someJob(someCompany(), { version: 1 });

        expect(await jobs.save(job)).toEqual({ conflict: undefined });
        expect(await jobs.get(job.id)).toBeUndefined();
      });

      test('lets one of many writers win', async () => {
        const job = await created(someJob(someCompany()));

        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, writer) => jobs.save({ ...job, message: `writer ${writer}` })),
        );

        expect(outcomes.filter(outcome => 'saved' in outcome)).toHaveLength(1);
        expect((await jobs.get(job.id))?.version).toBe(2);
      });
    });

    describe('waiting', () => {
      test('returns the jobs that hold a place in the printer’s order, from the front', async () => {
        const company = someCompany();
        const incoming = await created(someJob(company, { standing: 'pending-held/job-incoming', submittedAt: 300 }));
        const fetchable = await created(someJob(company, { submittedAt: 200 }));
        const queued = await created(someJob(company, { standing: 'pending/job-queued', submittedAt: 100 }));
        await created(someJob(company, { printer: { locationId: 'office', deviceId: 'laser2' } }));
        await created(someJob(company, { printer: undefined }));
        await created(someJob(someCompany()));

        await eventually(async () =>
          expect(await jobs.waiting(company, office, 10)).toEqual([incoming, fetchable, queued]),
        );
        expect(await jobs.waiting(company, office, 2)).toEqual([incoming, fetchable]);
      });

      test('includes known jobs, until they have left their places', async () => {
        const company = someCompany();
        const first = await created(someJob(company));
        const second = await created(someJob(company));

        await eventually(async () =>
          expect(await jobs.waiting(company, office, 10, [second])).toEqual([first, second]),
        );
        const acknowledged = applyEvent(second, { type: 'acknowledged', relayId: 'r' as never, attempt: 1 }, 1) as Job;
        await jobs.save(acknowledged);

        await eventually(async () => expect(await jobs.waiting(company, office, 10, [second])).toEqual([first]));
      });

      test('excludes a job after a relay has acknowledged it, and includes it again for a reprint', async () => {
        const company = someCompany();
        const job = await created(someJob(company));
        const acknowledged = applyEvent(job, { type: 'acknowledged', relayId: 'r' as never, attempt: 1 }, 1) as Job;

        const { saved } = (await jobs.save(acknowledged)) as { saved: Job };
        await eventually(async () => expect(await jobs.waiting(company, office, 10)).toEqual([]));
        const unconfirmed = applyEvent(saved, { type: 'silent' }, 2) as Job;
        const { saved: doubted } = (await jobs.save(unconfirmed)) as { saved: Job };
        await jobs.save(applyEvent(doubted, { type: 'resolved-reprint' }, 3) as Job);

        await eventually(async () => expect(await jobs.waiting(company, office, 10)).toMatchObject([{ attempt: 2 }]));
      });

      test('excludes a held job until it is released, and then includes it in its place', async () => {
        const company = someCompany();
        const held = someJob(company, { standing: 'pending-held/job-hold-until-specified', hold: {} });
        const first = await created({ ...held, history: [{ at: 0, standing: held.standing, reasons: [] }] });
        const second = await created(someJob(company));

        await eventually(async () => expect(await jobs.waiting(company, office, 10)).toEqual([second]));
        await jobs.save(applyEvent(first, { type: 'released' }, 1) as Job);

        await eventually(async () =>
          expect((await jobs.waiting(company, office, 10)).map(({ id }) => id)).toEqual([first.id, second.id]),
        );
      });

      test('includes a job that its relay lost before it began', async () => {
        const company = someCompany();
        const job = await created(someJob(company));
        const ask = { instance: 'one', ask: 1, waits: true, reportSequence: 0 };
        const taken = applyEvent(job, { type: 'acknowledged', relayId: 'r' as never, attempt: 1, ask }, 1) as Job;
        const { saved } = (await jobs.save(taken)) as { saved: Job };
        await eventually(async () => expect(await jobs.waiting(company, office, 10)).toEqual([]));

        await jobs.save(applyEvent(saved, { type: 'lost', message: 'The relay was replaced.' }, 2) as Job);

        await eventually(async () => expect(await jobs.waiting(company, office, 10)).toMatchObject([{ id: job.id }]));
      });
    });

    describe('supersede', () => {
      const keyed = (company: Job['companyId'], changes: Partial<Job> = {}) =>
        created(someJob(company, { supersedes: 'label 7', ...changes }));

      test('returns the job that the new one replaces, also when it is repeated', async () => {
        const company = someCompany();
        const [first, second] = [await keyed(company), await keyed(company)];

        expect(await jobs.supersede(first)).toEqual({ older: undefined });
        expect(await jobs.supersede(second)).toEqual({ older: first.id });
        expect(await jobs.supersede(second)).toEqual({ older: first.id });
      });

      test('returns the newer job to one that comes late', async () => {
        const company = someCompany();
        const [first, second] = [await keyed(company), await keyed(company)];
        await jobs.supersede(second);

        expect(await jobs.supersede(first)).toEqual({ newer: second.id });
      });

      test('separates companies, printers and keys', async () => {
        const company = someCompany();
        const others = [
          await keyed(company),
          await keyed(company, { printer: { locationId: 'office', deviceId: 'label' } }),
          await keyed(company, { supersedes: 'label 8' }),
          await keyed(someCompany()),
        ];

        for (const job of others) expect(await jobs.supersede(job)).toEqual({ older: undefined });
      });

      test('of concurrent jobs each is replaced once, by a newer one', async () => {
        const company = someCompany();
        const all = await Promise.all(Array.from({ length: 8 }, () => keyed(company)));

        const outcomes = await Promise.all(all.map(job => jobs.supersede(job)));

        const replaced = outcomes.flatMap(({ older, newer }, index) => [
          ...(older ? [older] : []),
          ...(newer ? [all[index]?.id] : []),
        ]);
        const newest = all.toSorted((a, b) => a.sequence - b.sequence).at(-1)?.id;
        expect(new Set(replaced).size).toBe(7);
        expect(replaced).not.toContain(newest);
      });
    });

    describe('list', () => {
      test('returns a company’s jobs from the newest, page by page', async () => {
        const company = someCompany();
        const times = [10, 30, 20, 20, 20, 1_700_000_000_000, 0];
        for (const submittedAt of times) await created(someJob(company, { submittedAt }));
        await created(someJob(someCompany()));

        await eventually(async () => expect((await jobs.list(company, 100)).jobs).toHaveLength(times.length));
        const seen: Job[] = [];
        let before: string | undefined;
        do {
          const page = await jobs.list(company, 2, before);
          expect(page.jobs.length).toBeLessThanOrEqual(2);
          seen.push(...page.jobs);
          before = page.next;
        } while (before !== undefined);

        expect(seen.map(job => job.submittedAt)).toEqual(times.toSorted((a, b) => b - a));
        expect(new Set(seen.map(job => job.id)).size).toBe(times.length);
      });

      test('refuses an invalid page position', async () => {
        await expect(jobs.list(someCompany(), 10, `nonsense ${someToken()}`)).rejects.toMatchObject({
          code: 'bad-value',
        });
      });
    });

    describe('due', () => {
      test('returns each of many due jobs once', async () => {
        const company = someCompany();
        const many = Array.from({ length: 150 }, () => someJob(company, { dueAt: 500 }));
        for (let from = 0; from < many.length; from += 25) await jobs.create(many.slice(from, from + 25));

        await eventually(async () => {
          const due = (await Array.fromAsync(jobs.due(500))).flat().filter(job => job.companyId === company);
          expect(due.map(({ id }) => id).toSorted()).toEqual(many.map(({ id }) => id).toSorted());
        });
      });

      test('returns due jobs, and not those whose time was moved', async () => {
        const company = someCompany();
        const late = await created(someJob(company, { dueAt: 1000 }));
        const exact = await created(someJob(company, { dueAt: 2000 }));
        const early = await created(someJob(company, { dueAt: 2001 }));
        const never = await created(someJob(company));

        const mine = async (at: number) =>
          (await Array.fromAsync(jobs.due(at)))
            .flat()
            .filter(job => job.companyId === company)
            .map(job => job.id);
        await eventually(async () => expect((await mine(2000)).toSorted()).toEqual([late.id, exact.id].toSorted()));
        await jobs.save({ ...late, dueAt: undefined });
        await jobs.save({ ...never, dueAt: 1500 });
        await jobs.save({ ...exact, dueAt: 9000 });

        await eventually(async () => expect(await mine(2000)).toEqual([never.id]));
        await eventually(async () => expect((await mine(2001)).toSorted()).toEqual([never.id, early.id].toSorted()));
      });
    });
  });
}
