import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { openBucket, openQueue, openTables } from '../../doubles/aws-harness.ts';
import { office, someCompany, someJob, someSession, someToken, storedSession } from '../../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import { applyEvent } from '../../shared/core/domain/job-events.ts';
import type { UploadSession } from '../../shared/core/domain/upload-session.ts';
import { configureLog } from '../../shared/telemetry/log.ts';
import { observeJobs } from '../../shared/telemetry/observe-jobs.ts';
import { documentStoreSuite } from '../ports/document-store-suite.ts';
import { jobStoreSuite } from '../ports/job-store-suite.ts';
import { multipartSuite } from '../ports/multipart-suite.ts';
import { pieceStoreSuite } from '../ports/piece-store-suite.ts';
import { registrySuite } from '../ports/registry-suite.ts';
import { uploadStoreSuite } from '../ports/upload-store-suite.ts';
import { type Fault, injectFaults } from './fault-injection.ts';

/*
 * Runs the port suites again, with every third request failing at its first attempt. The ports' guarantees must hold:
 * acknowledged writes exist, and a write whose response was lost is recognised as the caller's own.
 */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());
const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };

/**
 * Some operations are not idempotent: a repeated increment skips a number, and a repeated CreateMultipartUpload leaves
 * an unknown upload.
 */
const isCounted = (command: string, input: object) =>
  command === 'CreateMultipartUploadCommand' ||
  String((input as { UpdateExpression?: string }).UpdateExpression).startsWith('ADD');

function everyThird(): Parameters<typeof injectFaults>[1] {
  const faults: Fault[] = ['lost', 'unavailable', 'lost', 'lost', 'unavailable', 'throttled'];
  let requests = 0;
  return (command, input, attempt) => {
    if (attempt > 1 || ++requests % 3 !== 0) return undefined;
    const fault = faults[(requests / 3) % faults.length];
    return fault === 'lost' && isCounted(command, input) ? 'unavailable' : fault;
  };
}

const tables = () => openTables(settings, client => injectFaults(client, everyThird()));
const bucket = () => openBucket(settings, client => injectFaults(client, everyThird()));

jobStoreSuite('aws with faults', tables);
uploadStoreSuite('aws with faults', tables);
registrySuite('aws with faults', tables);
documentStoreSuite('aws with faults', bucket);
multipartSuite('aws with faults', bucket);
pieceStoreSuite('aws with faults', bucket);

describe('lost responses', () => {
  /** Every request takes effect, and its first response is lost. */
  const loseAll = (client: object) =>
    injectFaults(client, (_command, _input, attempt) => (attempt === 1 ? 'lost' : undefined));

  test('leave gaps in a printer’s order, and never assign a place twice', async () => {
    const { jobs, close } = await openTables(settings, loseAll);
    const company = someCompany();

    const outcomes = [];
    for (let count = 0; count < 5; count++) outcomes.push(await jobs.create([someJob(company), someJob(company)]));

    const sequences = outcomes.flatMap(outcome => (outcome as { created: Job[] }).created).map(job => job.sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(10);
    expect((await jobs.waiting(company, office, 20)).map(job => job.sequence)).toEqual(sequences);
    await close();
  });

  test('leave one set of jobs under an idempotency key', async () => {
    const { jobs, close } = await openTables(settings, loseAll);
    const companyId = someCompany();
    const claim = { companyId, key: 'order 7', fingerprint: 'same' };

    const first = await jobs.create([someJob(companyId)], claim);
    const second = await jobs.create([someJob(companyId)], claim);

    const ids = (first as { created: Job[] }).created.map(job => job.id);
    expect(second).toEqual({ replayed: ids });
    expect((await jobs.list(companyId, 10)).jobs.map(job => job.id)).toEqual(ids);
    expect((await jobs.waiting(companyId, office, 10)).map(job => job.id)).toEqual(ids);
    await close();
  });

  test('leave ordinals increasing', async () => {
    const { uploads, close } = await openTables(settings, loseAll);
    const { id, companyId } = await storedSession(uploads, someSession(someCompany()));

    const ordinals = [];
    for (let count = 0; count < 4; count++)
      ordinals.push(((await uploads.nextOrdinal(id, 10, companyId)) as UploadSession).ordinal);

    expect(ordinals).toEqual([...new Set(ordinals)].toSorted((a, b) => a - b));
    expect((await uploads.get(id))?.stagedOctets).toBeGreaterThanOrEqual(40);
    await close();
  });

  test('leave no message unsent', async () => {
    const { queue, consume, close } = await openQueue(settings, loseAll);
    const messages = Array.from({ length: 23 }, () => ({ jobIds: [someToken() as never] }));
    const delivered = new Set<string>();

    await queue.send('prepare', messages);
    const row = {
      function: 'prepare',
      batchSize: 10,
      concurrency: 2,
      visibilitySeconds: 30,
      maximumDeliveries: 3,
    } as const;
    const consumer = consume('prepare', row, async event => {
      for (const record of event.Records) delivered.add(record.body);
      return undefined;
    });
    await expect.poll(() => delivered.size, { timeout: 15_000 }).toBe(23);

    expect(delivered).toEqual(new Set(messages.map(message => JSON.stringify(message))));
    await consumer.stop();
    await close();
  });
});

describe('the end of a job', () => {
  const failed = { type: 'failed' as const, reason: 'document-format-error', message: 'This is no page.' };

  /** Log lines about ended jobs, from now on. */
  function endsLogged(): Record<string, unknown>[] {
    const ends: Record<string, unknown>[] = [];
    const undo = configureLog({
      write: text => {
        const line = JSON.parse(text);
        if (line.event === 'job-ended') ends.push(line);
      },
    });
    onTestFinished(undo);
    return ends;
  }

  async function endJob(lost: boolean) {
    const tables = await openTables(settings, client =>
      injectFaults(client, (_command, _input, attempt) => (lost && attempt === 1 ? 'lost' : undefined)),
    );
    onTestFinished(() => tables.close());
    const jobs = observeJobs(tables.jobs);
    const outcome = (await jobs.create([someJob(someCompany())])) as { created: Job[] };
    const [job] = outcome.created as [Job];
    const saved = await jobs.save(applyEvent(job, failed, Date.now()) as Job);
    return { jobs, ended: (saved as { saved: Job }).saved };
  }

  test('is logged once, and not again by later saves', async () => {
    const ends = endsLogged();
    const { jobs, ended } = await endJob(false);

    await jobs.save({ ...ended, updatedAt: ended.updatedAt + 1 });

    const { id: jobId, contract, companyId } = ended;
    const reasons = ['aborted-by-system', 'document-format-error'];
    expect(ends).toMatchObject([{ jobId, contract, companyId, state: 'aborted', reasons }]);
    expect(ends).toHaveLength(1);
  });

  test('is logged when the response to its save was lost', async () => {
    const ends = endsLogged();

    const { jobs, ended } = await endJob(true);
    await jobs.save({ ...ended, updatedAt: ended.updatedAt + 1 });

    expect(ends).toMatchObject([{ jobId: ended.id }]);
  });
});

describe('a batch of messages that is accepted in part', () => {
  test('is completed by resending only the rest', async () => {
    const sent: string[][] = [];
    const { queue, leftBehind, close } = await openQueue(settings, client => {
      client.middlewareStack.add(
        next => async given => {
          const input = given.input as { Entries: { Id: string; MessageBody: string }[] };
          sent.push(input.Entries.map(entry => entry.MessageBody));
          const refused = sent.length === 1 ? input.Entries.slice(0, 3) : [];
          const Entries = input.Entries.filter(entry => !refused.includes(entry));
          const answer = await next({ ...given, input: { ...input, Entries } as never });
          const Failed = refused.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
          return { ...answer, output: { ...(answer.output as object), Failed } as never };
        },
        { step: 'initialize' },
      );
    });
    const messages = Array.from({ length: 7 }, () => ({ jobIds: [someToken() as never] }));

    await queue.send('prepare', messages);

    const bodies = messages.map(message => JSON.stringify(message));
    expect(sent).toEqual([bodies, bodies.slice(0, 3)]);
    expect(await leftBehind()).toHaveLength(7);
    await close();
  });
});

describe('an unavailable service', () => {
  const away = (client: object) => injectFaults(client, () => 'unavailable');

  test('is reported as an internal error without details of the SDK', async () => {
    const { jobs, close } = await openTables(settings, away);

    await expect(jobs.get(someToken() as never)).rejects.toMatchObject({
      name: 'PrintError',
      code: 'internal',
      message: 'DynamoDB failed with status 500 (InternalServerError). Please try again.',
    });
    await close();
  });
});
