import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someJob } from '../../../../../doubles/samples.ts';
import { type Key, keyIdOf, type Principal } from '../../../../../shared/core/domain/company.ts';
import { keyDigest } from '../../../../../shared/core/usecases/accounts/authenticate.ts';
import { followEvents } from '../../../../../shared/core/usecases/events/follow-events.ts';
import { openEventStream, useTicket } from '../../../../../shared/core/usecases/events/stream-ticket.ts';
import { company, key, openWorld, startedAt, type World } from '../../../world.ts';

const hour = 3_600_000;
const filter = { types: ['job.*'], subject: 'j' };
const stored: Key = {
  digest: keyDigest('page'),
  companyId: company,
  name: 'page',
  scopes: ['read'],
  createdAt: 0,
  expiresAt: startedAt + hour,
};
const principal: Principal = { companyId: company, scopes: ['read'], keyId: keyIdOf(stored) };
let world: World;
let ticket: string;
let expiresAt: number;

beforeEach(async () => {
  world = await openWorld();
  await world.ports.registry.putKey(stored);
  ({ ticket, expiresAt } = await openEventStream(world.ports, principal, filter));
});
afterEach(() => world.close());

const refused = { code: 'unauthorized' };
const ticketOf = async (changes: Partial<Principal>) =>
  (await openEventStream(world.ports, { ...principal, ...changes }, filter)).ticket;

describe('the ticket of a stream', () => {
  it('permits what its key may read, and no more', async () => {
    expect(await useTicket(world.ports, ticket)).toEqual({ principal, filter });
  });

  it('does not contain the key', () => {
    expect(Buffer.from(ticket.split('.')[0] as string, 'base64url').toString()).not.toContain(stored.digest);
  });

  it('ends after twelve hours', async () => {
    await world.ports.registry.putKey({ ...stored, expiresAt: undefined });
    expect(expiresAt).toBe(startedAt + 12 * hour);
    world.wait(12 * hour - 1);
    expect(await useTicket(world.ports, ticket)).toMatchObject({ filter });

    world.wait(1);
    await expect(useTicket(world.ports, ticket)).rejects.toMatchObject(refused);
  });

  it('ends when its key expires', async () => {
    world.wait(hour - 1);
    expect(await useTicket(world.ports, ticket)).toMatchObject({ filter });

    world.wait(1);
    await expect(useTicket(world.ports, ticket)).rejects.toMatchObject(refused);
  });

  it('ends with its key, although the company has others', async () => {
    await world.ports.registry.deleteKey(stored.digest);

    await expect(useTicket(world.ports, ticket)).rejects.toMatchObject(refused);
  });

  it('ends with the company’s account', async () => {
    const found = await world.ports.registry.getCompany(company);
    if (found) await world.ports.registry.saveCompany({ ...found, active: false });

    await expect(useTicket(world.ports, ticket)).rejects.toMatchObject(refused);
  });

  it('is refused if its key is unknown or belongs to another company', async () => {
    const keyId = keyIdOf({ digest: keyDigest(key) });

    await expect(useTicket(world.ports, await ticketOf({ keyId: undefined }))).rejects.toMatchObject(refused);
    await expect(
      useTicket(world.ports, await ticketOf({ keyId, companyId: 'rival' as Principal['companyId'] })),
    ).rejects.toMatchObject(refused);
  });

  it('is refused when it is not ours', async () => {
    const [what, signature] = ticket.split('.') as [string, string];
    const [other] = (await ticketOf({ scopes: ['admin'] })).split('.');
    const elsewhere = { ...world.ports, keyring: { keyFor: async () => Buffer.alloc(32) } };

    for (const text of ['', '.', what, `${what}.`, `.${signature}`, `${other}.${signature}`, `${ticket}AA`])
      await expect(useTicket(world.ports, text)).rejects.toMatchObject(refused);
    await expect(useTicket(elsewhere, ticket)).rejects.toMatchObject(refused);
  });
});

describe('a part of a stream', () => {
  const follow = (changes: object) => followEvents(world.ports, { isNamed: false, ...changes });
  const newest = async () => (await world.ports.events.range(company)).newest;

  it('has what the ticket’s filter lets pass, whatever else the address says', async () => {
    const reader = await openEventStream(world.ports, principal, { types: ['printer.created'] });

    const { events } = await follow({ ticket: reader.ticket, after: 0, types: ['location.*'] });

    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['printer.created']));
  });

  it('has what the filter of the request lets pass with a key', async () => {
    const { events } = await follow({ key, after: 0, types: ['printer.created'], subject: 'office:label' });

    expect(events.map(({ subject }) => subject)).toEqual(['office:label']);
  });

  it('has what comes from now on without a number', async () => {
    const job = someJob(company);
    const before = await newest();
    const events = {
      ...world.ports.events,
      waitFor: async () => (await world.ports.jobs.create([job])) !== undefined,
    };

    const part = await followEvents({ ...world.ports, events }, { key, isNamed: false });

    expect(part.events.map(({ subject }) => subject)).toEqual([job.id]);
    expect(part.next).toBe(before + 1);
  });

  it('says that events are gone, and goes on with the oldest', async () => {
    const part = await follow({ key, after: (await newest()) + 5 });

    expect(part.gone).toEqual({ oldest: 1 });
    expect(part.events[0]?.sequence).toBe(1);
    expect(part.next).toBe(await newest());
  });
});
