import { describe, expect, it } from 'vitest';
import { DiskSpace } from '../../../server/disk-space.ts';
import type { CompanyId } from '../../../shared/core/domain/ids.ts';

const acme = 'acme' as CompanyId;
const other = 'other' as CompanyId;

/** A disk of 1,000 blocks of an octet; `stored` maps key prefixes to octets. */
function diskOf(stored: Record<string, number>) {
  const state = { free: 1000, now: 0, lists: 0, looks: 0 };
  let failure: Error | undefined;
  const documents = {
    async list(prefix: string) {
      if (failure) throw failure;
      if (prefix.startsWith('companies/')) state.lists++;
      return [{ key: `${prefix}documents/a`, octets: stored[prefix] ?? 0 }];
    },
  };
  const ports = { documents, clock: { now: () => state.now } } as unknown as ConstructorParameters<typeof DiskSpace>[1];
  const look = async () => {
    state.looks++;
    if (Number.isNaN(state.free)) throw new Error('no disk');
    return { bavail: state.free, blocks: 1000, bsize: 1 };
  };
  const disk = new DiskSpace('data', ports, look);
  const fail = (error: Error | undefined) => {
    failure = error;
  };
  return { state, disk, stored, fail };
}

describe('the disk of a server', () => {
  it.each([
    [1000, false, false],
    [100, false, false],
    [99, true, false],
    [20, true, false],
    [19, true, true],
  ])('with %d of 1,000 free refuses the company that fills it: %s, everyone: %s', async (free, fills, everyone) => {
    const { disk, state } = diskOf({ 'companies/acme/': 300, 'uploads/acme/': 300, 'companies/other/': 5 });
    state.free = free;

    expect((await disk.refusalOf(acme))?.status).toBe(fills ? 507 : undefined);
    expect(await disk.refusalOf(other)).toBeUndefined();
    expect((await disk.refusal())?.status).toBe(everyone ? 507 : undefined);
  });

  it('is not read as long as there is room', async () => {
    const { disk, state } = diskOf({});

    await disk.refusalOf(acme);

    expect(state.lists).toBe(0);
  });

  it('is looked at again after half a second', async () => {
    const { disk, state } = diskOf({});
    await disk.refusal();
    state.free = 0;

    expect(await disk.refusal()).toBeUndefined();
    expect(state.looks).toBe(1);
    state.now = 500;
    expect((await disk.refusal())?.status).toBe(507);
  });

  it('is looked at again when the clock was set back, and after a look that failed', async () => {
    const { disk, state } = diskOf({});
    state.now = 10_000;
    await disk.refusal();
    state.now = 0;
    state.free = Number.NaN;
    await expect(disk.refusal()).rejects.toThrow('no disk');
    state.free = 0;

    expect((await disk.refusal())?.status).toBe(507);
  });

  it('says to programs when to try again, and to people what to do', async () => {
    const { disk, state } = diskOf({ 'companies/acme/': 300 });
    state.free = 19;
    const headers = { 'content-type': 'application/json', 'retry-after': '60' };

    const [everyone, one] = [await disk.refusal(), await disk.refusalOf(acme)];

    expect(everyone).toMatchObject({ headers, body: expect.stringMatching(/^{"message":"The disk .* operator/) });
    expect(one).toMatchObject({ headers, body: expect.stringMatching(/most of it holds documents of your company/) });
  });

  it('accepts a company whose documents could not be measured at the next request', async () => {
    const { disk, state, fail } = diskOf({ 'companies/acme/': 10 });
    state.free = 50;
    fail(new Error('no folder'));
    await expect(disk.refusalOf(acme)).rejects.toThrow('no folder');
    fail(undefined);

    expect(await disk.refusalOf(acme)).toBeUndefined();
  });

  it('accepts a company again after its documents were deleted, at most five minutes later', async () => {
    const { disk, state, stored } = diskOf({ 'companies/acme/': 600 });
    state.free = 50;
    await disk.refusalOf(acme);
    stored['companies/acme/'] = 10;

    expect((await disk.refusalOf(acme))?.status).toBe(507);
    state.now = 5 * 60_000;
    await disk.refusalOf(acme); // answers by the last measurement and makes a new one
    expect(await disk.refusalOf(acme)).toBeUndefined();
    expect(state.lists).toBe(2);
  });
});
