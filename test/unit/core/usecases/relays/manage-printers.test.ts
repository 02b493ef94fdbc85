import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  getLocation,
  getPrinter,
  rangeOf,
  saveLocation,
  savePrinter,
} from '../../../../../shared/core/usecases/relays/manage-printers.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal = { companyId: company, scopes: ['admin' as const] };
const laser = { locationId: 'office', deviceId: 'laser' };
let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const changePrinter = (changes: object, address: object = {}) =>
  savePrinter(world.ports, principal, { address: { ...laser, ...address }, changes });
const changeLocation = (changes: object, address: object = {}) =>
  saveLocation(world.ports, principal, { address: { locationId: 'office', ...address }, changes });
const refused = (code: string) => expect.objectContaining({ code });

describe('a change', () => {
  it('keeps what it does not name', async () => {
    await changePrinter({ notes: 'second floor' });
    await changeLocation({ phone: '1' });

    expect(await changePrinter({ name: 'Laser' })).toMatchObject({
      ...laser,
      name: 'Laser',
      notes: 'second floor',
      active: true,
    });
    expect((await changeLocation({ notes: 'n' })).location).toMatchObject({ phone: '1', notes: 'n', name: 'Office' });
  });

  it('makes what does not exist: an inactive printer, and an active location', async () => {
    expect(await changePrinter({}, { deviceId: 'new' })).toMatchObject({ deviceId: 'new', name: 'new', active: false });
    expect((await changeLocation({}, { locationId: 'branch' })).location).toMatchObject({
      name: 'branch',
      active: true,
    });
    await expect(changePrinter({}, { locationId: 'nowhere' })).rejects.toEqual(refused('not-found'));
  });

  it.each(['', 'x'.repeat(2000), 'two\nlines\r\n\tand a tab', 'Größe 😀'])('may have the text %j', async notes => {
    expect(await changePrinter({ notes })).toMatchObject({ notes });
    expect((await changeLocation({ notes })).location).toMatchObject({ notes });
  });

  it.each(['x'.repeat(2001), 'a\u0000', 'a\u001b[1m', 'a\u007f', 'a\u0085'])(
    'may not have the text %j',
    async notes => {
      await expect(changePrinter({ notes })).rejects.toEqual(refused('bad-value'));
      await expect(changeLocation({ notes })).rejects.toEqual(refused('bad-value'));
    },
  );

  it('is limited in its lists as in its texts', async () => {
    expect((await changeLocation({ allowFrom: ['10.0.0.1', '10.0.0.2'] })).location.allowFrom).toHaveLength(2);
    await expect(changeLocation({ allowFrom: Array(200).fill('x'.repeat(10)) })).rejects.toEqual(refused('bad-value'));
  });

  it('gives no name that does not fit into paths', async () => {
    await expect(changePrinter({}, { deviceId: 'a:b' })).rejects.toEqual(refused('bad-value'));
    await expect(changeLocation({}, { locationId: '..' })).rejects.toEqual(refused('bad-value'));
  });
});

describe('a path that names a company', () => {
  it('finds what belongs to it, and nothing of another', async () => {
    const [own, other] = [{ companyId: company }, { companyId: 'rival' }];

    expect(await getPrinter(world.ports, principal, { ...laser, ...own })).toMatchObject(laser);
    expect((await getLocation(world.ports, principal, { locationId: 'office', ...own })).printers).toHaveLength(3);
    await expect(getPrinter(world.ports, principal, { ...laser, ...other })).rejects.toEqual(refused('not-found'));
    await expect(getLocation(world.ports, principal, { locationId: 'office', ...other })).rejects.toEqual(
      refused('not-found'),
    );
    await expect(changeLocation({ name: 'x' }, other)).rejects.toEqual(refused('not-found'));
    await expect(changePrinter({ name: 'x' }, other)).rejects.toEqual(refused('not-found'));
  });
});

it('a page of a list begins behind the last name, and ends with the names of its location', () => {
  const { from, limit } = rangeOf({ limit: 5 }, 'office:');
  const isIn = (name: string, after?: string) => {
    const range = rangeOf({ after, limit: 5 }, 'office:');
    return (range.from ?? '') <= name && name <= (range.to ?? '');
  };

  expect([from, limit]).toEqual(['office:', 5]);
  expect([isIn('office:a'), isIn('offic'), isIn('office;'), isIn('officea:b')]).toEqual([true, false, false, false]);
  expect([isIn('office:a', 'office:a'), isIn('office:aa', 'office:a'), isIn('office:a', 'other:a')]).toEqual([
    ...[false, true, true],
  ]);
});
