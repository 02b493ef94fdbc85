import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DiskSpace } from '../../../server/disk-space.ts';
import { admit } from '../../../server/door.ts';
import type { HttpResponse } from '../../../shared/contracts/contract.ts';
import { gatewayLimits } from '../../../shared/protocol/service-table.ts';
import { company, key, openWorld, otherKey, type World } from '../world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const full: HttpResponse = { status: 507, headers: {}, body: 'full' };
const roomy = { refusal: async () => undefined, refusalOf: async () => undefined };
const bearer = { authorization: `Bearer ${key}` };

/** What becomes of `POST /platen/v1/jobs`, say. */
function admitted(target: string, headers: Record<string, string> = {}, disk: object = roomy) {
  const [method, url] = target.split(' ');
  return admit({ method, url, headers } as unknown as IncomingMessage, world.ports, disk as DiskSpace);
}

it.each([
  ['a key', 'POST /platen/v1/jobs', bearer, gatewayLimits.bodyOctets, undefined],
  ['a key in the query', `POST /v1/pdf/info?x-api-key=${key}`, {}, gatewayLimits.bodyOctets, undefined],
  ['a key in a header of its own', 'POST /v1/pdf/info', { 'x-api-key': key }, gatewayLimits.bodyOctets, undefined],
  ['perhaps a key in the body', 'POST /v1/pdf/info', {}, gatewayLimits.bodyOctets, 60_000],
  ['no key, where none is needed,', 'POST /platen/v1/relays/enrol', {}, 64 * 1024, 60_000],
])('a body with %s is taken: %s', async (_what, target, headers, octetsAtMost, milliseconds) => {
  const admission = await admitted(target, headers);

  expect(admission).toMatchObject({ octetsAtMost });
  expect('milliseconds' in admission ? admission.milliseconds : undefined).toBe(milliseconds);
});

it.each([
  ['for a path that is not known', 'POST /platen/v1/nothing', bearer, 404, {}],
  ['by a method that the path does not have', 'PUT /platen/v1/jobs', bearer, 405, { allow: 'POST, GET' }],
  ['without a key', 'POST /platen/v1/jobs', {}, 401, {}],
  ['with a wrong key', 'PUT /api/putfile', { authorization: 'Bearer wrong' }, 401, {}],
  ['with a wrong key in a header of its own', 'POST /v1/pdf/info', { 'x-api-key': 'wrong' }, 401, {}],
])('a body %s is refused before it is read: %s', async (_what, target, headers, status, named) => {
  expect(await admitted(target, headers)).toMatchObject({ status, headers: named });
});

it.each(['POST /platen/v1/jobs', 'POST /platen/v1/relays/enrol', 'POST /v1/pdf/info'])(
  'a full disk takes no body from anyone: %s',
  async target => {
    expect(await admitted(target, {}, { ...roomy, refusal: async () => full })).toEqual(full);
  },
);

it('a disk that fills up takes no body from the company that fills it', async () => {
  const refusalOf = async (companyId: string) => (companyId === company ? full : undefined);

  expect(await admitted('POST /platen/v1/jobs', bearer, { ...roomy, refusalOf })).toEqual(full);
});

it('a body for a company that is not active is refused', async () => {
  const { registry } = world.ports;
  const known = await registry.listCompanies();
  for (const each of known.filter(({ companyId }) => companyId !== company))
    await registry.saveCompany({ ...each, active: false });

  expect(await admitted('POST /platen/v1/jobs', { 'x-api-key': otherKey })).toMatchObject({ status: 403 });
});
