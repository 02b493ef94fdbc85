import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printAPage } from '../../canary/print-a-page.ts';
import { Machine } from '../../doubles/machine.ts';

describe('the canary', () => {
  let machine: Machine;
  let folder: string;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
    folder = await mkdtemp(join(tmpdir(), 'platen-canary-'));
  });
  afterAll(async () => {
    await machine.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const print = (changes = {}) =>
    printAPage(
      { url: machine.facts.endpoint, key: machine.facts.key, folder, ...changes },
      AbortSignal.timeout(60_000),
    );
  const relays = async () =>
    JSON.parse(await machine.text('GET', '/platen/v1/relays')).relays as { location: string }[];

  it('enrols its relay, prints a page through it, and again with the same relay', async () => {
    expect(await print()).toBeGreaterThan(0);
    const first = (await relays()).filter(({ location }) => location === 'canary');

    expect(await print()).toBeGreaterThan(0);

    expect((await relays()).filter(({ location }) => location === 'canary')).toMatchObject(
      first.map(({ location }) => ({ location })),
    );
    const { jobs } = JSON.parse(await machine.text('GET', '/platen/v1/jobs?printer=canary:folder'));
    expect(jobs.map(({ state }: { state: string }) => state)).toEqual(['completed', 'completed']);
  });

  it('takes the place of a relay whose folder is lost', async () => {
    await rm(folder, { recursive: true });

    expect(await print()).toBeGreaterThan(0);
  });

  it('fails when its page does not come out', async () => {
    await machine.call('PATCH', '/platen/v1/printers/canary:folder', '{"active":false}', {
      'content-type': 'application/json',
    });
    const stopped = AbortSignal.abort(new Error('too late'));

    await expect(
      printAPage({ url: machine.facts.endpoint, key: machine.facts.key, folder }, stopped),
    ).rejects.toThrow();
  });
});
