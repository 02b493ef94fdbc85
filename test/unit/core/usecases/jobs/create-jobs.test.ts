import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, connectRelay, openWorld, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const submission = {
  contract: 'platen',
  targets: [{ locationId: 'office', deviceId: 'laser' }],
  template: {},
  properties: {},
  bytes: Buffer.from('paper'),
} as const;

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
