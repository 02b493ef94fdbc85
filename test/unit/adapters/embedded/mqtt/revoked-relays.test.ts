import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RevokedRelays } from '../../../../../shared/adapters/embedded/mqtt/revoked-relays.ts';
import type { RelayId } from '../../../../../shared/core/domain/ids.ts';
import { temporaryFolder } from './broker-fixture.ts';

const [one, two, three] = ['relay-1', 'relay-2', 'relay-3'] as [RelayId, RelayId, RelayId];

it('are known to every process on the folder, for its user alone', async () => {
  const folder = await temporaryFolder();
  const [server, commandLine] = [new RevokedRelays(folder), new RevokedRelays(folder)];
  const before = server.has(one);

  await commandLine.add(one);
  await server.add(two);
  // another process may write within the same tick of the clock
  const path = join(folder, 'revoked-relays.json');
  await utimes(path, new Date(), new Date(Date.now() + 5000));

  expect([before, server.has(one), server.has(two), server.has(three)]).toEqual([false, true, true, false]);
  expect([commandLine.has(two), new RevokedRelays(folder).has(one)]).toEqual([true, true]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('are read again if the file has grown within one tick of the clock', async () => {
  const folder = await temporaryFolder();
  const [server, commandLine] = [new RevokedRelays(folder), new RevokedRelays(folder)];
  const [path, tick] = [join(folder, 'revoked-relays.json'), new Date()];
  await commandLine.add(one);
  await utimes(path, tick, tick);
  const first = [server.has(one), server.has(two)];

  await commandLine.add(two);
  await utimes(path, tick, tick);

  expect([first, [server.has(one), server.has(two)]]).toEqual([
    [true, false],
    [true, true],
  ]);
});

it('that are revoked at one time are all revoked', async () => {
  const folder = await temporaryFolder();
  const relays = new RevokedRelays(folder);

  await Promise.all([one, two, three].map(relayId => relays.add(relayId)));

  const another = new RevokedRelays(folder);
  expect([one, two, three].map(relayId => another.has(relayId))).toEqual([true, true, true]);
});

it('stay revoked for a process whose file is gone', async () => {
  const folder = await temporaryFolder();
  const relays = new RevokedRelays(folder);
  await relays.add(one);

  await rm(join(folder, 'revoked-relays.json'));

  expect([relays.has(one), relays.has(two)]).toEqual([true, false]);
});

it('are passed to each listener once, and not to one that has left', async () => {
  const relays = new RevokedRelays(await temporaryFolder());
  const [first, second]: string[][] = [[], []];
  await relays.add(one);
  const leaveFirst = relays.onRevoked(relayId => void first?.push(relayId));
  const leaveSecond = relays.onRevoked(relayId => void second?.push(relayId));
  onTestFinished(leaveSecond);

  await relays.add(two);
  await relays.add(two);
  leaveFirst();
  await relays.add(three);

  expect([first, second]).toEqual([[two], [two, three]]);
});
