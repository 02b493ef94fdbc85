import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { office, someCompany, someJob, somePrinter, someSession, storedSession } from '../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';
import { eventIdOf, type LoggedEvent } from '../../../../shared/core/domain/event.ts';
import type { Job, JobEvent } from '../../../../shared/core/domain/job.ts';
import { eventsBetween } from '../../../../shared/core/domain/job-changes.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import { announceDue } from '../../../../shared/core/usecases/events/record-changes.ts';

const day = 24 * 60 * 60_000;
const folder = mkdtempSync(join(tmpdir(), 'platen-events-'));
let now = 1_700_000_000_000;
const embedded = await openEmbedded({ folder, publicUrl: () => 'http://localhost', now: () => now });
const { jobs, uploads, events, registry } = embedded;
afterAll(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});

const readAll = (companyId: Job['companyId']) => events.read(companyId, 0, 10_000);
const numbersOf = (log: LoggedEvent[]) => log.map(({ sequence }) => sequence);

const document = { key: 'k', octets: 3 } as NonNullable<Job['document']>;
const relayId = 'r' as NonNullable<Job['relayId']>;
const happening = fc.constantFrom<JobEvent>(
  { type: 'preparation-step', step: 'rendering' },
  { type: 'prepared', document },
  { type: 'acknowledged', relayId, attempt: 1 },
  { type: 'reported', attempt: 1, sequence: 1, state: 'processing', reasons: ['job-printing'] },
  { type: 'reported', attempt: 1, sequence: 2, state: 'processing-stopped', reasons: ['media-empty'] },
  { type: 'reported', attempt: 1, sequence: 3, state: 'processing-stopped', reasons: ['delivery-unconfirmed'] },
  { type: 'cancel-requested' },
  { type: 'resolved-printed' },
  { type: 'resolved-reprint' },
  { type: 'expired' },
);

it('holds exactly the events of random histories by concurrent writers, without a gap, and a reader misses none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(happening, { maxLength: 12 }), { minLength: 1, maxLength: 6 }), async lives => {
      const companies = [someCompany(), someCompany()];
      const expected = new Map(companies.map(company => [company, new Set<string>()]));
      const note = (before: Job | undefined, after: Job) => {
        for (const event of eventsBetween(before, after)) expected.get(after.companyId)?.add(eventIdOf(event));
      };
      const live = async (happened: JobEvent[], index: number) => {
        const companyId = companies[index % 2] as Job['companyId'];
        const outcome = await jobs.create([someJob(companyId, { standing: 'pending/job-queued' })]);
        if (typeof outcome === 'string' || 'replayed' in outcome) throw new Error('It is a new job.');
        let [job] = outcome.created as [Job];
        note(undefined, job);
        for (const event of happened) {
          const next = applyEvent(job, event, ++now);
          const saved = next && (await jobs.save(next));
          if (!saved || !('saved' in saved)) continue;
          // a writer that comes too late leaves nothing in the log
          if (next) await jobs.save({ ...next, standing: 'canceled/job-canceled-by-user' });
          note(job, saved.saved);
          job = saved.saved;
        }
      };
      let isWritten = false;
      const seen: string[] = [];
      const poll = async () => {
        for (let after = 0; ; ) {
          const wasWritten = isWritten;
          const page = await events.read(companies[0] as Job['companyId'], after, 3);
          seen.push(...page.map(({ id }) => id));
          after = page.at(-1)?.sequence ?? after;
          if (wasWritten && page.length === 0) return;
          await new Promise(resolve => setImmediate(resolve));
        }
      };
      const polling = poll();
      await Promise.all(lives.map(live));
      isWritten = true;
      await polling;

      for (const companyId of companies) {
        const log = await readAll(companyId);
        expect(numbersOf(log)).toEqual(log.map((_event, index) => index + 1));
        expect(new Set(log.map(({ id }) => id))).toEqual(expected.get(companyId));
        expect(log).toHaveLength(expected.get(companyId)?.size ?? 0);
        const bodies = log.map(({ body }) => JSON.parse(body));
        for (const [subject, ofOne] of Map.groupBy(bodies, body => body.subject)) {
          const versions = ofOne.map(body => body.subjectVersion);
          expect([subject, ...versions]).toEqual([subject, ...[...new Set(versions)].toSorted((a, b) => a - b)]);
        }
      }
      expect(seen).toEqual((await readAll(companies[0] as Job['companyId'])).map(({ id }) => id));
    }),
    { numRuns: 60 },
  );
});

it('tells once that an upload is complete, however it came', async () => {
  const companyId = someCompany();
  const parts = await storedSession(uploads, someSession(companyId, { name: 'a'.repeat(1000) }));
  const small = await storedSession(uploads, someSession(companyId, { state: 'completed', octets: 5 }));
  const closing = await uploads.save({ ...parts, state: 'closing' });
  if (!('saved' in closing)) throw new Error('It was saved.');
  const completed = await uploads.save({ ...closing.saved, state: 'completed', octets: 7 });
  if ('saved' in completed) await uploads.save({ ...completed.saved, state: 'completed' });

  const log = await readAll(companyId);

  expect(log.map(({ type, subject }) => [type, subject])).toEqual([
    ['upload.completed', small.id],
    ['upload.completed', parts.id],
  ]);
  const { upload } = JSON.parse(log[1]?.body as string).data;
  expect(upload).toMatchObject({ id: parts.id, state: 'completed', octets: 7, name: 'a'.repeat(255) });
  expect(log[1]?.body).not.toContain('documents/');
});

it('announces the last state of a printer, and the absence of a relay, when they are due', async () => {
  const companyId = someCompany();
  const device = { deviceId: 'laser', scheme: 'ipp', attributes: {}, state: 'idle' as const, stateReasons: [] };
  let printer = somePrinter(companyId, office);
  const show = async (state: 'idle' | 'processing' | 'stopped') => {
    const outcome = await registry.savePrinter({ ...printer, device: { ...device, state } });
    if ('saved' in outcome) printer = outcome.saved;
  };
  for (const state of ['idle', 'processing', 'idle', 'stopped'] as const) await show(state);
  const typesAndStates = async () =>
    (await readAll(companyId)).map(({ type, body }) => [type, JSON.parse(body).data.printer.state]);

  expect(await typesAndStates()).toEqual([
    ['printer.created', 'idle'],
    ['printer.state_changed', 'processing'],
  ]);
  now += 9999;
  await announceDue(embedded);
  expect(await readAll(companyId)).toHaveLength(2);
  now += 1;
  expect(await announceDue(embedded)).toBeGreaterThan(0);
  expect((await typesAndStates()).at(-1)).toEqual(['printer.state_changed', 'stopped']);
  expect(await announceDue(embedded)).toBe(0);
});

it('wakes a reader that waits, and only one of the same company', async () => {
  const [company, other] = [someCompany(), someCompany()];
  const waiting = events.waitFor(company, 0, 60_000);
  const elsewhere = new AbortController();
  const otherWaiting = events.waitFor(other, 0, 60_000, elsewhere.signal);

  await jobs.create([someJob(company)]);

  expect(await waiting).toBe(true);
  elsewhere.abort();
  expect(await otherWaiting).toBe(false);
});

it('forgets events after 30 days, and goes on with its numbers', async () => {
  const companyId = someCompany();
  await registry.saveCompany({ companyId, name: 'Acme', active: true, version: 0 });
  await jobs.create([someJob(companyId, { submittedAt: now, updatedAt: now })]);
  await jobs.create([someJob(companyId, { submittedAt: now, updatedAt: now })]);
  now += 31 * day;
  await embedded.deleteExpired();

  expect(await events.range(companyId)).toEqual({ oldest: 2, newest: 2 });
  await jobs.create([someJob(companyId, { submittedAt: now, updatedAt: now })]);
  expect(numbersOf(await readAll(companyId))).toEqual([2, 3]);
});
