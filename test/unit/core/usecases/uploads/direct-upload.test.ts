import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from '../../../../../shared/core/usecases/uploads/direct-upload.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal = { companyId: company, scopes: ['print' as const] };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

it('an upload by parts that lacks some names the first ten of them', async () => {
  const { session } = await openDirectUpload(world.ports, principal, { octets: 100 * 1024 * 1024 });
  const { id, direct } = session;
  const count = Math.ceil((100 * 1024 * 1024) / (direct?.partOctets ?? 1));
  const complete = completeDirectUpload(world.ports, principal, { id });

  expect(count).toBeGreaterThan(10);
  await expect(complete).rejects.toMatchObject({
    code: 'document-missing-bytes',
    message: expect.stringContaining(`: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and ${count - 10} more. Put them`),
  });
  expect(await getDirectUpload(world.ports, principal, { id })).toMatchObject({
    present: [],
    session: { state: 'open' },
  });
});

it('an upload of few parts names all that are missing', async () => {
  const { session, addresses } = await openDirectUpload(world.ports, principal, { octets: 5 });

  expect(addresses).toMatchObject([{ part: 1, octets: 5 }]);
  await expect(completeDirectUpload(world.ports, principal, { id: session.id })).rejects.toThrow(
    'wrong size: 1. Put them',
  );
});
