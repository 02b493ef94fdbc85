import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import type { Location } from '../../../../../shared/core/domain/printer.ts';
import { createEnrolmentCode, enrolRelay } from '../../../../../shared/core/usecases/relays/enrol-relay.ts';
import { company, openWorld, relayId, startedAt, type World } from '../../../world.ts';
import { enrol, office, principal } from './two-relays.ts';

const day = 24 * 60 * 60_000;

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

describe('a code', () => {
  it.each([
    ['a day', undefined, day],
    ['the time that was given', 1000, 1000],
  ])('is good for %s', async (_time, milliseconds, lasts) => {
    const made = await Promise.all(
      [1, 2].map(() => createEnrolmentCode(world.ports, principal, { ...office, milliseconds })),
    );
    expect(made.map(({ expiresAt }) => expiresAt)).toEqual([startedAt + lasts, startedAt + lasts]);
    const [first, second] = made.map(({ code }) => code) as [string, string];

    world.wait(lasts - 1);
    await enrolRelay(world.ports, { code: ` ${first}\n`, csr: 'first' });
    world.wait(1);
    await expect(enrolRelay(world.ports, { code: second, csr: 'second' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is good for one relay, also when two show it at one time', async () => {
    const { code } = await createEnrolmentCode(world.ports, principal, office);

    const tried = await Promise.allSettled(['first', 'second'].map(csr => enrolRelay(world.ports, { code, csr })));

    const [one] = tried.filter(({ status }) => status === 'fulfilled') as PromiseFulfilledResult<{
      relayId: RelayId;
    }>[];
    expect(tried.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await world.ports.registry.getLocation(company, 'office')).toMatchObject({ relayId: one?.value.relayId });
    await expect(enrolRelay(world.ports, { code, csr: 'third' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a relay that enrols', () => {
  it('has its public key kept, if it sends one', async () => {
    const { code } = await createEnrolmentCode(world.ports, principal, office);
    const made = await enrolRelay(world.ports, { code, csr: 'a request', publicKey: 'a key' });

    expect(await world.ports.registry.getRelay(made.relayId)).toEqual({
      ...{ relayId: made.relayId, companyId: company, locationId: 'office', createdAt: startedAt, revoked: false },
      publicKey: 'a key',
    });
  });

  it.each([
    ['', relayId],
    [' that has no record', 'd'.repeat(32) as RelayId],
  ])('ends the former relay%s', async (_which, former) => {
    const location = (await world.ports.registry.getLocation(company, 'office')) as Location;
    await world.ports.registry.saveLocation({ ...location, relayId: former });

    await enrol(world, {}, 'a request');

    expect(world.revoked).toEqual([former]);
    const record = await world.ports.registry.getRelay(former);
    expect(record?.revoked).toBe(former === relayId ? true : undefined);
  });
});
