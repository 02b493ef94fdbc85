import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { startSocketSink } from '../../doubles/socket-sink.ts';

/* The steps of docs/one-machine.md, section "Restore". */

interface Listed {
  id: string;
  state: string;
  reasons: string[];
  hold?: object;
}

async function machineWithPrinter() {
  const sink = await startSocketSink();
  onTestFinished(() => sink.stop());
  const machine = await Machine.make(['--printer', `desk=${sink.uri}`]);
  onTestFinished(() => machine.remove());
  await machine.start();
  const papers = () =>
    sink.connections.filter(({ isWhole, octets }) => isWhole && octets > 0).map(({ document }) => String(document));
  return { machine, sink, papers };
}

const submit = (machine: Machine, text: string) =>
  machine.text('PUT', `/api/putfile?targets=office:desk&title=${text}`, text);

async function jobOf(machine: Machine, id: string): Promise<Listed> {
  return (await (await machine.call('GET', `/platen/v1/jobs/${id}`)).json()) as Listed;
}

const isPrinted = (machine: Machine, id: string) => async () => (await jobOf(machine, id)).state === 'completed';

/** A backup from when two jobs waited for a printer that was off; afterwards both are printed. */
async function backupBeforePrinting() {
  const site = await machineWithPrinter();
  const { machine, sink, papers } = site;
  await until(isPrinted(machine, await submit(machine, 'first')));
  await sink.stop();
  const jobs = [await submit(machine, 'second'), await submit(machine, 'third')];
  await until(async () => (await jobOf(machine, jobs[0] as string)).reasons.includes('offline'));
  await machine.end();
  await cp(machine.data, `${machine.data}-backup`, { recursive: true });
  onTestFinished(() => rm(`${machine.data}-backup`, { recursive: true, force: true }));
  await sink.start();
  await machine.start();
  for (const id of jobs) await until(isPrinted(machine, id));
  await machine.end('SIGKILL');
  expect(papers()).toEqual(['first', 'second', 'third']);
  return { ...site, jobs };
}

test('a data folder restored beside the relay that is still there prints nothing again', async () => {
  const { machine, papers, jobs } = await backupBeforePrinting();

  await rename(join(machine.data, 'relay'), join(`${machine.data}-backup`, 'relay-of-now'));
  await rm(machine.data, { recursive: true });
  await cp(`${machine.data}-backup`, machine.data, { recursive: true });
  await rm(join(machine.data, 'relay'), { recursive: true });
  await rename(join(machine.data, 'relay-of-now'), join(machine.data, 'relay'));
  await machine.start();

  // the relay is asked a minute after its last word about a job
  for (const id of jobs) await until(isPrinted(machine, id)).catch(() => until(isPrinted(machine, id)));
  expect(papers()).toEqual(['first', 'second', 'third']);
}, 240_000);

test('one restored with its relay leaves to a person what may have been printed since', async () => {
  const { machine, papers, jobs } = await backupBeforePrinting();

  await rm(machine.data, { recursive: true });
  await cp(`${machine.data}-backup`, machine.data, { recursive: true });
  await machine.start('--restored');
  await until(async () => (await machine.call('GET', '/readyz')).status === 200);
  const last = await submit(machine, 'fourth');
  await until(isPrinted(machine, last));

  for (const id of jobs) expect((await jobOf(machine, id)).reasons).toContain('delivery-unconfirmed');
  expect(machine.output).toContain('Restored: 2 jobs wait for a decision');
  expect(papers()).toEqual(['first', 'second', 'third', 'fourth']);

  // a person looked: one is on paper, and the other one is printed again
  const [second, third] = jobs as [string, string];
  const resolve = (id: string, as: string) =>
    machine.call('POST', `/platen/v1/jobs/${id}/resolve`, JSON.stringify({ as }), {
      'content-type': 'application/json',
    });
  await resolve(second, 'printed');
  await resolve(third, 'reprint');
  for (const id of jobs) await until(isPrinted(machine, id));
  expect(papers()).toEqual(['first', 'second', 'third', 'fourth', 'third']);
});
