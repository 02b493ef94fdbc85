import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { someCompany, someJob, someToken } from '../../../../doubles/samples.ts';
import type { JobId } from '../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import type { UnusedDocuments } from '../../../../shared/core/ports/index.ts';
import { deleteUnused } from '../../../../shared/core/usecases/upkeep/delete-unused.ts';
import { useMetrics } from '../../../../shared/telemetry/metrics.ts';

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };

const hour = 60 * 60_000;
const company = someCompany();

/** Its document has its own key. */
async function ended(at: number, id = someToken()): Promise<Job> {
  const document = { key: `companies/${company}/documents/${id}`, octets: 5, sha256: '', format: 'application/pdf' };
  const job = someJob(company, { id: id as JobId, document, source: { kind: 'ready', document } });
  const outcome = await tables.jobs.create([job]);
  const [stored] = (outcome as { created: Job[] }).created as [Job];
  const canceled = applyEvent(stored, { type: 'cancel-requested' }, at) as Job;
  await tables.jobs.save(canceled);
  return canceled;
}

let tables: Awaited<ReturnType<typeof openTables>>;
beforeEach(async () => {
  tables = await openTables(settings);
});

async function batches(before: number, use: (batch: UnusedDocuments) => Promise<unknown> = async () => {}) {
  const all: UnusedDocuments[] = [];
  for await (const batch of tables.documentUse.unused(before)) {
    all.push(batch);
    await use(batch);
  }
  return all;
}
const keysOf = (all: UnusedDocuments[]) => all.flatMap(({ keys }) => keys);
const keyOf = (job: Job) => job.document?.key as string;

describe('documents of jobs that are over', () => {
  it('come again until they are done, and then never', async () => {
    const [first, second] = [await ended(1000), await ended(2000)];

    const given = await batches(1500);
    const again = await batches(1500, batch => batch.done());
    const later = await batches(3000, batch => batch.done());

    expect(keysOf(given)).toEqual([keyOf(first)]);
    expect(keysOf(again)).toEqual([keyOf(first)]);
    // an end at the very time that was reached may come twice
    expect(keysOf(later)).toEqual([keyOf(second)]);
    expect(await batches(3000)).toEqual([]);
  });

  it('include what a document was made from', async () => {
    const job = await ended(1000);
    const key = `companies/${company}/documents/compressed`;
    const stored = (await tables.jobs.get(job.id)) as Job;
    await tables.jobs.save({ ...stored, source: { kind: 'stored', key, compression: 'zlib' } });

    expect(keysOf(await batches(2000))).toEqual([keyOf(job), key]);
  });

  it('are never those again that a later batch has passed', async () => {
    const id = (index: number) => `00${String(index).padStart(30, '0')}`;
    for (let index = 0; index < 8; index++) await ended(1000 + index, id(index));

    const [early, late] = await batches(2000);
    await late?.done();
    await early?.done();

    expect(await batches(2000)).toEqual([]);
  });

  it('include those of a partition with more entries than one page of the double', async () => {
    const id = (index: number) => `00${String(index).padStart(30, '0')}`;
    for (let index = 0; index < 20; index++) await ended(1000 + index, id(index));
    const elsewhere = await ended(1900, `01${'0'.repeat(30)}`);

    const [first, ...others] = await batches(2000);

    expect(first?.until).toBe(1006);
    expect(first?.keys).toHaveLength(8);
    expect(first?.keys).toContain(keyOf(elsewhere));
    expect(others.map(({ until, keys }) => [until, keys.length])).toEqual([
      [1013, 7],
      [2000, 6],
    ]);

    await first?.done();
    const rest = keysOf(await batches(2000));
    expect(rest).toContain(`companies/${company}/documents/${id(19)}`);
    expect(rest).not.toContain(`companies/${company}/documents/${id(5)}`);
  });

  it('are deleted as far as the time allows, which a metric says', async () => {
    const job = await ended(Date.UTC(2026, 0, 1));
    const deleted: string[] = [];
    const documents = { delete: async (keys: string[]) => void deleted.push(...keys) } as never;
    const recorded: [string, number][] = [];
    useMetrics({ record: (name, value) => recorded.push([name, value]), flush: () => {} });
    const { documentUse } = tables;

    await deleteUnused({ documentUse, documents }, Date.UTC(2026, 0, 1) + 23 * hour, () => false);
    expect(deleted).toEqual([]);
    await deleteUnused({ documentUse, documents }, Date.UTC(2026, 0, 1) + 30 * hour, () => true);
    useMetrics(undefined);

    expect(deleted).toEqual([keyOf(job)]);
    expect(recorded).toEqual([['documentsBehind', 0]]);
    expect(await batches(Date.UTC(2026, 1, 1))).toEqual([]);
  });
});
