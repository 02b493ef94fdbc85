import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';

/*
 * The fixture is the data folder of a server of release 0.1.0 that was stopped, and that of a relay of another place that
 * was killed. Each holds two jobs for a printer that was off; a third job waits for the relay of the other place.
 */
const fixture = join(import.meta.dirname, '../fixtures/release-0.1.0.tgz');

interface Listed {
  id: string;
  name: string;
  state: string;
  history: { state: string }[];
}

/** Jobs would have expired by now. */
function bringToToday(database: string): void {
  const db = new DatabaseSync(database);
  const rows = db.prepare('SELECT id, submitted_at, due_at, body FROM jobs').all() as {
    id: string;
    submitted_at: number;
    due_at: number | null;
    body: string;
  }[];
  const later = Date.now() - 60_000 - Math.max(...rows.map(row => row.submitted_at));
  const update = db.prepare('UPDATE jobs SET submitted_at = ?, due_at = ?, body = ? WHERE id = ?');
  for (const { id, submitted_at, due_at, body } of rows) {
    const moved = body.replace(/(?<=:)\d{13}\b/g, time => String(Number(time) + later));
    update.run(submitted_at + later, due_at === null ? null : due_at + later, moved, id);
  }
  db.close();
}

async function startSink(): Promise<SocketSink> {
  const sink = await startSocketSink();
  onTestFinished(() => sink.stop());
  return sink;
}

const papersOf = ({ connections }: SocketSink) =>
  connections.filter(({ octets }) => octets > 0).map(({ document }) => String(document));

test('data folders of release 0.1.0 are taken over: jobs are printed once, and their history is kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'platen-upgrade-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  expect(spawnSync('tar', ['-xzf', fixture, '-C', folder]).status).toBe(0);
  bringToToday(join(folder, 'data', 'store', 'platen.db'));
  const [desk, label] = [await startSink(), await startSink()];
  const machine = await Machine.make(['--printer', `desk=${desk.uri}`, '--mqtt-port', '0']);
  onTestFinished(() => machine.remove());
  await cp(join(folder, 'data'), machine.data, { recursive: true });
  const jobs = async () => {
    const answer = await machine.call('GET', '/platen/v1/jobs');
    return Object.fromEntries(((await answer.json()) as { jobs: Listed[] }).jobs.map(job => [job.name, job]));
  };
  const arePrinted = (...names: string[]) =>
    until(async () => {
      const now = await jobs();
      return names.every(name => now[name]?.state === 'completed');
    });

  await machine.start();
  await arePrinted('first-at-desk', 'second-at-desk');
  const { mqttPort } = JSON.parse(readFileSync(join(machine.data, 'server.json'), 'utf8')) as { mqttPort: number };
  const args = ['--data', join(folder, 'branch'), '--mqtt-port', `${mqttPort}`, '--printer', `label=${label.uri}`];
  const relay = spawn(process.execPath, ['relay/main.ts', '--status-port', '0', ...args], { stdio: 'ignore' });
  onTestFinished(() => void relay.kill('SIGKILL'));
  await arePrinted('first-at-branch', 'second-at-branch', 'late-at-branch');

  const { printed, 'canceled-at-desk': canceled } = await jobs();
  expect(printed).toMatchObject({ state: 'completed', history: [{ state: 'pending' }, {}, { state: 'completed' }] });
  expect(canceled?.state).toBe('canceled');
  expect(papersOf(desk)).toEqual(['first-at-desk', 'second-at-desk']);
  expect(papersOf(label)).toEqual(['first-at-branch', 'second-at-branch', 'late-at-branch']);
});
