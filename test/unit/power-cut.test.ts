import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DiskWatch, watchDisk } from '../../doubles/disk-watch.ts';
import { ampleQuota, someBytes, someCompany, someJob, someLocation, someSession } from '../../doubles/samples.ts';
import { scriptedConverter } from '../../doubles/scripted-converter.ts';
import { writeDurably } from '../../relay/durable.ts';
import { openJournal } from '../../relay/journal.ts';
import { openOutputDevice } from '../../relay/printers/index.ts';
import type { DeviceStep } from '../../relay/printers/output-device.ts';
import { Spool } from '../../relay/spool.ts';
import { Folders } from '../../shared/adapters/embedded/documents/durable-files.ts';
import { openCertificateAuthority } from '../../shared/adapters/embedded/mqtt/certificate-authority.ts';
import { type Embedded, openEmbedded } from '../../shared/adapters/embedded/open-embedded.ts';
import { PieceLog } from '../../shared/adapters/embedded/uploads/piece-log.ts';
import type { RelayId } from '../../shared/core/domain/ids.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import type { Messages } from '../../shared/core/ports/index.ts';
import { prepareJobs } from '../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitConversion } from '../../shared/core/usecases/documents/submit-conversion.ts';
import { makeRequest, p256 } from './adapters/embedded/mqtt/broker-fixture.ts';
import { preparePrinting } from './relay/printers/printing.ts';
import { openWorld, company as worldCompany, key as worldKey } from './world.ts';

let folder: string;
let disk: DiskWatch;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-power-'));
  disk = await watchDisk();
});
afterEach(async () => {
  disk.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('what a power cut leaves of the database', () => {
  const company = someCompany();
  const job = someJob(company, { standing: 'pending/job-fetchable' });
  const session = someSession(company);

  const writes: [what: string, write: (stores: Embedded) => Promise<unknown>][] = [
    ['a job', ({ jobs }) => jobs.create([job], undefined)],
    ['what became of a job', ({ jobs }) => jobs.save(job)],
    ['an upload', ({ uploads }) => uploads.create(session, ampleQuota)],
    ...(['open', 'closed', 'completed', 'aborted', 'expired'] as const).map((state): (typeof writes)[number] => [
      `an upload that is ${state}`,
      ({ uploads }) => uploads.save({ ...session, state }),
    ]),
    ['room for an upload', ({ uploads }) => uploads.reserve(session, 10, ampleQuota)],
    ['a message of a relay', ({ queue }) => queue.enqueue('relay-events', ['{}'])],
    ['a small document', ({ documents }) => documents.put(`companies/${company}/documents/d`, someBytes(100))],
    ['a company', ({ registry }) => registry.saveCompany({ companyId: company, name: 'c', active: true, version: 0 })],
    ['a location', ({ registry }) => registry.saveLocation(someLocation(company, 'office'))],
    [
      'a key',
      ({ registry }) => registry.putKey({ digest: 'd', companyId: company, name: '', scopes: [], createdAt: 0 }),
    ],
  ];

  /** How each transaction of a moment ends. */
  function watchCommits(): string[] {
    const commits: string[] = [];
    const { exec } = DatabaseSync.prototype;
    vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
      const [level] = Object.values(this.prepare('PRAGMA synchronous').get() ?? {});
      if (sql === 'COMMIT') commits.push(level === 2 ? 'synced' : `synchronous=${level}`);
      return exec.call(this, sql);
    });
    return commits;
  }

  it('a small document with its job, by one sync', async () => {
    const stores = await openEmbedded({ folder, publicUrl: () => 'http://localhost' });
    const commits = watchCommits();

    await stores.documents.put(`companies/${company}/documents/d`, someBytes(100), { isSyncedLater: true });
    await stores.jobs.create([job], undefined);
    vi.restoreAllMocks();
    await stores.close();

    expect(commits).toEqual(['synchronous=1', 'synced']);
  });

  it('a conversion with its job, and what it made with the end of the job', async () => {
    const world = await openWorld();
    const commits = watchCommits();

    const [submitted] = await submitConversion(
      world.ports,
      { companyId: worldCompany, scopes: ['print'] },
      {
        contract: 'pdfco',
        targets: [],
        name: 'a.pdf',
        template: {},
        properties: {},
        output: { fileName: 'a.pdf', keepMilliseconds: 60_000, once: false },
        conversion: { kind: 'hash', document: { kind: 'inline' } },
        inline: someBytes(100),
      },
    );
    const ofSubmission = commits.splice(0);
    await prepareJobs({ ...world.ports, converter: scriptedConverter }, { jobIds: [(submitted as Job).id] });
    vi.restoreAllMocks();
    await world.close();

    expect(ofSubmission).toEqual(['synchronous=1', 'synced']);
    // the step and the output; the job that has it; the conversion that is deleted
    expect(commits).toEqual(['synchronous=1', 'synchronous=1', 'synced', 'synchronous=1']);
  });

  it.each([
    ['a job that the client waits for, with its end', {}, {}, 'synchronous=1'],
    ['a job that is acknowledged at once', {}, { async: true }, 'synced'],
    ['a job that another request may acknowledge', { 'idempotency-key': 'k' }, {}, 'synced'],
  ])('%s', async (_what, headers, parameters, expected) => {
    const world = await openWorld();
    const commits = watchCommits();
    let ofSubmission: string[] | undefined;
    world.whilePaused = async () => {
      ofSubmission ??= commits.splice(0);
      const [{ message } = {}] = world.queued;
      const { jobIds } = message as Messages['prepare'];
      await prepareJobs({ ...world.ports, converter: scriptedConverter }, { jobIds });
    };

    const { statusCode } = await world.call({
      method: 'POST',
      path: '/v1/pdf/convert/from/html',
      headers: { 'x-api-key': worldKey, ...headers },
      body: JSON.stringify({ html: '<p>a', ...parameters }),
    });
    ofSubmission ??= commits.splice(0);
    vi.restoreAllMocks();
    await world.close();

    expect([statusCode, ofSubmission?.at(-1)]).toEqual([200, expected]);
  });

  it.each(writes)('%s', async (_what, write) => {
    const stores = await openEmbedded({ folder, publicUrl: () => 'http://localhost' });
    const commits = watchCommits();

    // after something that may be lost
    await stores.queue.send('notify', [{ jobId: job.id, attempt: 1 }]);
    await write(stores);
    vi.restoreAllMocks();
    await stores.close();

    expect(commits.slice(1)).toEqual(['synced']);
  });
});

describe('what a power cut leaves', () => {
  it('a file in the folder of a printer: whole before it gets its name, there before the job is called sent', async () => {
    const durable: [DeviceStep['step'], boolean][] = [];
    const printing = await preparePrinting(20_000, {
      onStep: async ({ step }) => {
        const [name = ''] = await readdir(folder);
        durable.push([step, disk.isDurable(join(folder, name))]);
      },
    });

    await printing.print(openOutputDevice('d1', pathToFileURL(folder).href));
    await printing.remove();

    expect(durable).toEqual([
      ['submitting', false],
      ['created', true],
      ['sent', true],
    ]);
  });

  it('a document in the spool of a relay, once it is synced', async () => {
    const printing = await preparePrinting(20_000);
    const server = createServer((_request, response) => void response.end(someDocument));
    const { ticket, remove } = printing;
    const someDocument = await readFile(printing.path);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const spool = new Spool(
      folder,
      () => 1,
      () => {},
    );
    const pause = async () => {};

    await spool.fetch({ key: 'a.1', ticket: { ...ticket, url }, signal: new AbortController().signal, pause });
    await spool.sync();
    server.closeAllConnections();
    server.close();
    await remove();

    expect(disk.isDurable(join(folder, 'a.1'))).toBe(true);
  });

  it('entries of a journal, before and after it is written anew', async () => {
    const path = join(folder, 'journal');
    const journal = await openJournal<number>(path);
    const whenOpened = disk.isDurable(path);

    await journal.put('a', 1);

    expect([whenOpened, disk.isDurable(path)]).toEqual([true, true]);
    await journal.close();
  });

  it('the identity of a relay', async () => {
    const path = join(folder, 'identity');

    await writeDurably(path, 'text');

    expect(disk.isDurable(path)).toBe(true);
  });

  it('the certificate authority, and what it has revoked', async () => {
    const ca = await openCertificateAuthority(folder, []);
    const whenOpened = await Promise.all((await readdir(folder)).map(name => disk.isDurable(join(folder, name))));
    const identities = ca.identities({ host: 'localhost', port: 1 });
    await identities.issue('relay' as RelayId, (await makeRequest(p256)).csr);

    await identities.revoke('relay' as RelayId);

    const names = await readdir(folder);
    expect(whenOpened).toEqual([true]);
    expect(names.map(name => disk.isDurable(join(folder, name)))).toEqual([true, true]);
  });

  it('a document that is stored', async () => {
    const embedded = await openEmbedded({ folder, publicUrl: () => 'http://localhost' });

    await embedded.documents.put('companies/c/documents/d', someBytes(3_000_000));

    const files = await readdir(join(folder, 'documents'), { recursive: true, withFileTypes: true });
    const paths = files.filter(file => file.isFile()).map(file => join(file.parentPath, file.name));
    expect(paths.map(path => disk.isDurable(path))).toEqual([true]);
    await embedded.close();
  });

  it('a segment that was acknowledged', async () => {
    const log = await PieceLog.open(join(folder, 'session'), new Folders());

    await log.append({ offset: 0, octets: 1000, ordinal: 1 }, someBytes(1000));

    expect(['session.log', 'session.data'].map(name => disk.isDurable(join(folder, name)))).toEqual([true, true]);
    await log.close();
  });
});
