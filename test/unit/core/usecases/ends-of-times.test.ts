import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Principal } from '../../../../shared/core/domain/company.ts';
import type { Job } from '../../../../shared/core/domain/job.ts';
import { authenticate } from '../../../../shared/core/usecases/accounts/authenticate.ts';
import { describeKey } from '../../../../shared/core/usecases/accounts/describe-key.ts';
import { createKey } from '../../../../shared/core/usecases/accounts/manage-keys.ts';
import { findUpload } from '../../../../shared/core/usecases/documents/issued-address.ts';
import { submitDocument } from '../../../../shared/core/usecases/documents/submit-document.ts';
import { cancelJob } from '../../../../shared/core/usecases/jobs/cancel-job.ts';
import { checkJob } from '../../../../shared/core/usecases/jobs/check-job.ts';
import { shareJob, viewSharedJob } from '../../../../shared/core/usecases/jobs/share-job.ts';
import { getUpload, openUpload } from '../../../../shared/core/usecases/uploads/open-upload.ts';
import { company, openWorld, startedAt, type World } from '../../world.ts';

/* What ends at a time is there a millisecond before, and not at that time. */

const principal: Principal = { companyId: company, scopes: ['print', 'admin'] };
const day = 24 * 60 * 60_000;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

async function submitted(): Promise<Job> {
  const targets = [{ locationId: 'office', deviceId: 'laser' }];
  const request = { contract: 'platen' as const, targets, name: 'page', template: {}, properties: {} };
  const [job] = await submitDocument(world.ports, principal, { ...request, bytes: Buffer.from('%PDF') });
  return job as Job;
}

const isThere = async (thing: Promise<unknown>) => {
  const found = await thing.catch(() => undefined);
  return found !== undefined && found !== 'gone';
};

/** When a thing ends that is made now, and whether it is there. */
type Ending = () => Promise<{ end: number; isThere: () => Promise<boolean> }>;

const keyUntil = async (end: number) =>
  (await createKey(world.ports, principal, { name: 'till', scopes: ['print'], expiresAt: end })).secret;

it.each<[string, Ending]>([
  [
    'a key',
    async () => {
      const [end, secret] = [startedAt + 5000, await keyUntil(startedAt + 5000)];
      return { end, isThere: () => isThere(authenticate(world.ports, secret)) };
    },
  ],
  [
    'the description of a key',
    async () => {
      const [end, key] = [startedAt + 5000, await keyUntil(startedAt + 5000)];
      return { end, isThere: () => isThere(describeKey(world.ports, { key })) };
    },
  ],
  [
    'an upload',
    async () => {
      const { id, expiresAt: end } = await openUpload(world.ports, principal);
      return { end, isThere: () => isThere(getUpload(world.ports, principal, id)) };
    },
  ],
  [
    'the address of an upload',
    async () => {
      const { id, expiresAt: end } = await openUpload(world.ports, principal);
      return { end, isThere: () => isThere(findUpload(world.ports, { upload: id })) };
    },
  ],
  [
    'a link to a job',
    async () => {
      const { token, expiresAt: end } = await shareJob(world.ports, principal, { id: (await submitted()).id });
      return { end, isThere: () => isThere(viewSharedJob(world.ports, { token })) };
    },
  ],
  [
    'what a check of an ended job says',
    async () => {
      const { id, endedAt = 0 } = await cancelJob(world.ports, principal, { id: (await submitted()).id });
      const check = async () => (await checkJob(world.ports, principal, { id })).view;
      return { end: endedAt + day, isThere: () => isThere(check()) };
    },
  ],
])('%s ends at its time', async (_what, make) => {
  const { end, isThere } = await make();
  world.wait(end - startedAt - 1);
  const before = await isThere();

  world.wait(1);

  expect([before, await isThere()]).toEqual([true, false]);
});
