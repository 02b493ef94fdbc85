import type { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openTables } from '../../../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../../../doubles/dynamodb/strict-dynamo.ts';
import { injectFaults } from '../../../../doubles/fault-injection.ts';
import { office, someCompany, someJob, someSession, someToken, storedSession } from '../../../../doubles/samples.ts';
import { makeConversionTurns, turnsPerCompany } from '../../../../shared/adapters/aws/dynamo/conversion-turns.ts';
import { openDynamo } from '../../../../shared/adapters/aws/dynamo/dynamo.ts';
import { makeStoredSecret } from '../../../../shared/adapters/aws/dynamo/stored-secret.ts';
import { makeKeyring } from '../../../../shared/adapters/aws/kms/keyring.ts';
import type { Job } from '../../../../shared/core/domain/job.ts';
import { applyEvent } from '../../../../shared/core/domain/job-events.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';
import type { Keyring } from '../../../../shared/core/ports/index.ts';
import { configureLog } from '../../../../shared/telemetry/log.ts';
import { observeJobs } from '../../../../shared/telemetry/observe-jobs.ts';
import { someWebhook } from '../../../ports/webhook-store-suite.ts';

/** Tables whose first responses are lost, or that are away. */

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());
/** The client tries again at once: its delays are random, from 0. */
beforeEach(() => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
});
const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };

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

  test('do not make a save look like that of another writer', async () => {
    const { registry, uploads, jobs, webhookStore, close } = await openTables(settings, loseAll);
    onTestFinished(() => close());
    const companyId = someCompany();
    const company = { companyId, name: 'Acme', active: true, version: 0 };
    const session = await storedSession(uploads, someSession(companyId));
    const { created } = (await jobs.create([someJob(companyId)])) as { created: [Job] };
    const webhook = someWebhook(companyId);

    expect(await registry.saveCompany(company)).toEqual({ saved: { ...company, version: 1 } });
    expect(await uploads.save(session)).toMatchObject({ saved: { id: session.id, version: session.version + 1 } });
    expect(await uploads.save({ ...session, version: session.version + 1, state: 'aborted' })).toHaveProperty('saved');
    expect(await jobs.save(created[0])).toMatchObject({ saved: { id: created[0].id } });
    expect(await webhookStore.saveWebhook(webhook)).toHaveProperty('saved');
  });

  test('leave one secret of the installation, which every invocation gets', async () => {
    const client = openDynamo(settings);
    onTestFinished(() => client.destroy());
    loseAll(client);
    const stored = makeStoredSecret({ client, name: 'events-secret' });
    let made = 0;
    // encrypts nothing: what is stored is the secret
    const kms = {
      send: async ({ input }: { input: { CiphertextBlob?: Uint8Array } }) =>
        input.CiphertextBlob
          ? { Plaintext: input.CiphertextBlob }
          : { CiphertextBlob: new Uint8Array(32).fill(++made) },
    } as unknown as KMSClient;
    const keyrings = [1, 2, 3].map(() => makeKeyring(kms, 'alias/platen', stored));

    const keys = await Promise.all(keyrings.map(keyring => keyring.keyFor('webhook-secrets')));
    const later = await makeKeyring(kms, 'alias/platen', stored).keyFor('webhook-secrets');

    expect(new Set([...keys, later].map(key => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(Buffer.from(await (keyrings[0] as Keyring).keyFor('stream-tickets'))).not.toEqual(Buffer.from(later));
  });

  test('leave one conversion one turn of its company', async () => {
    const client = openDynamo(settings);
    onTestFinished(() => client.destroy());
    loseAll(client);
    const turns = makeConversionTurns({ client, name: 'jobs-turns' }, Date.now);
    const company = someCompany();

    const taken = [];
    for (let turn = 0; turn < turnsPerCompany; turn++) taken.push(await turns.take(company));
    const beyond = await turns.take(company);
    await taken[0]?.end();

    expect(taken).not.toContain(undefined);
    expect(beyond).toBeUndefined();
    expect(await turns.take(company)).toBeDefined();
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
