import { describe, expect, it } from 'vitest';
import { DiskSpace } from '../../../server/disk-space.ts';
import type { CompanyId } from '../../../shared/core/domain/ids.ts';

const acme = 'acme' as CompanyId;
const other = 'other' as CompanyId;

/** A disk of 1,000 blocks of an octet; `stored` maps key prefixes to octets. */
function diskOf(stored: Record<string, number>) {
  const state = { free: 1000, now: 0, lists: 0, looks: 0 };
  const documents = {
    async list(prefix: string) {
      if (prefix.startsWith('companies/')) state.lists++;
      return [{ key: `${prefix}documents/a`, octets: stored[prefix] ?? 0 }];
    },
  };
  const ports = { documents, clock: { now: () => state.now } } as unknown as ConstructorParameters<typeof DiskSpace>[1];
  const look = async () => {
    state.looks++;
    return { bavail: state.free, blocks: 1000, bsize: 1 };
  };
  const disk = new DiskSpace('data', ports, look);
  return { state, disk, stored };
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
