import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import { copyJob } from '../../../../../shared/core/usecases/documents/copy-job.ts';
import { submitConversion } from '../../../../../shared/core/usecases/documents/submit-conversion.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { savePrinter } from '../../../../../shared/core/usecases/relays/manage-printers.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, connectRelay, openWorld, startedAt, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const submission = {
  contract: 'platen',
  targets: [{ locationId: 'office', deviceId: 'laser' }],
  template: {},
  properties: {},
  bytes: Buffer.from('paper'),
} as const;

describe('the jobs of a request', () => {
  let world: World;
  let shared: [key: string, ids: string[]][];
  beforeAll(async () => {
    world = await openWorld();
    await savePrinter(world.ports, principal, {
      address: { locationId: 'office', deviceId: 'laser' },
      changes: { expiresInSeconds: 60, unconfirmedPolicy: 'reprint' },
    });
  });
  beforeEach(() => {
    shared = [];
  });
  afterAll(() => world.close());

  const targets = ['laser', 'label'].map(deviceId => ({ locationId: 'office', deviceId }));
  const conversion = { kind: 'fetch', document: { kind: 'url', url: 'https://a.test' } } as const;
  const common = { contract: 'platen', name: 'n', template: {}, properties: {} } as const;
  const ports = () => ({
    ...world.ports,
    documentUse: {
      ...world.ports.documentUse,
      share: async (key: string, ids: string[]) => void shared.push([key, ids]),
    },
  });
  const person = { ...principal, keyName: 'till 3' };

  it('know of each other when they wait for the same document, and the one to be collected is first', async () => {
    const output = { fileName: 'a.pdf', keepMilliseconds: 1, once: false };
    const callback = { url: 'https://in.test', origin: '' };

    const jobs = await submitConversion(ports(), person, {
      ...common,
      targets,
      conversion,
      output,
      callback,
      credits: 7,
    });

    const ids = jobs.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(jobs.map(({ source }) => source.kind === 'conversion' && source.sharedBy)).toEqual([ids, ids, ids]);
    expect(jobs.map(({ printer }) => printer?.deviceId)).toEqual([undefined, 'laser', 'label']);
    expect(jobs.map(job => [job.output, job.credits, job.callback])).toEqual([
      [output, 7, callback],
      [undefined, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
    expect(jobs.map(({ standing }) => standing)).toEqual(Array(3).fill('pending/job-queued'));
    expect(shared).toEqual([]);
  });

  it('share a document that is stored, which has no list of them in it', async () => {
    const jobs = await submitDocument(ports(), person, { ...common, targets, bytes: Buffer.from('paper') });

    const [{ source }] = jobs as [Job];
    expect(source).toEqual({ kind: 'ready', document: jobs[0]?.document });
    expect(shared).toEqual([[jobs[0]?.document?.key, jobs.map(({ id }) => id)]]);
  });

  it('have a document of their own if there is one of them', async () => {
    const [job] = await submitDocument(ports(), person, {
      ...common,
      targets: targets.slice(0, 1),
      bytes: Buffer.from('paper'),
    });

    expect(shared).toEqual([]);
    expect(job?.source).not.toHaveProperty('sharedBy');
  });

  it('share a copied document with the job that had it', async () => {
    const [job] = await submitDocument(world.ports, person, { ...common, targets, bytes: Buffer.from('paper') });

    const [copy] = await copyJob(ports(), person, { id: (job as Job).id });

    expect(shared).toEqual([[job?.document?.key, [job?.id, copy?.id]]]);
    expect(copy).toMatchObject({ copyOf: job?.id, document: job?.document, name: 'n' });
  });

  it('have the time, the person, and what their printer says', async () => {
    const [laser, label] = await submitDocument(ports(), person, { ...common, targets, bytes: Buffer.from('paper') });

    const at = startedAt;
    expect(laser).toMatchObject({
      submittedAt: at,
      since: at,
      updatedAt: at,
      attempt: 1,
      nudges: 0,
      reportSequence: 0,
    });
    expect(laser?.history).toEqual([{ at, standing: 'pending/job-fetchable', reasons: [], actor: 'till 3' }]);
    expect([laser?.expiresAt, label?.expiresAt]).toEqual([at + 60_000, undefined]);
    expect([laser?.unconfirmedPolicy, label?.unconfirmedPolicy]).toEqual(['reprint', 'ask']);
    expect([laser?.dueAt, label?.dueAt]).toEqual([at + 30_000, at + 30_000]);
    expect(await world.ports.jobs.get((laser as Job).id)).toEqual(laser);
  });

  it('have only what the request wishes', async () => {
    const wishes = { user: 'u', tags: ['t'], hold: {}, printBefore: startedAt + 90_000, supersedes: 's' };
    const bytes = Buffer.from('paper');

    const [plain] = await submitDocument(ports(), principal, { ...common, targets: targets.slice(1), bytes });
    const [wished] = await submitDocument(ports(), principal, {
      ...common,
      ...wishes,
      targets: targets.slice(1),
      bytes,
    });

    expect(wished).toMatchObject({ ...wishes, standing: 'pending-held/job-hold-until-specified' });
    const optional = [...Object.keys(wishes), 'copyOf', 'expiresAt', 'callback', 'credits'];
    expect(Object.keys(plain as Job).filter(name => optional.includes(name))).toEqual([]);
    expect(plain?.history[0]).not.toHaveProperty('actor');
  });
});

describe('jobs whose message cannot be sent', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  it('are accepted nevertheless, and offered by the sweep', async () => {
    const queue = {
      send: async () => {
        throw new Error('the queue is away');
      },
    };

    await connectRelay(world.ports);
    const jobs = await submitDocument({ ...world.ports, queue }, principal, {
      ...submission,
      targets: [...submission.targets],
    });
    world.wait(31_000);
    await sweep(world.ports);

    expect(jobs).toHaveLength(1);
    expect(world.queued).toEqual([{ queue: 'offer', message: { companyId: company, printer: submission.targets[0] } }]);
  });
});
