import type { JournalOptions, StatusOptions } from '../command-line.ts';
import { describeJobs } from '../describe-status.ts';
import type { JournalEntry } from '../held-job.ts';
import { readJournal } from '../journal.ts';
import { findDataFolder } from '../settings.ts';
import type { JobStatus, RelayStatus } from '../status/relay-status.ts';
import { duration } from '../status/status-page.ts';
import { readStatus } from '../status/status-server.ts';
import { print } from './print.ts';

/** `platen-relay status`: exits with 1 when no relay runs, or it is not connected. */
export async function status({ port, json }: StatusOptions): Promise<void> {
  const found = await readStatus(port);
  if (!found) {
    const advice = 'Start it with "sudo systemctl start platen-relay"; "journalctl -u platen-relay" says why it ended.';
    throw new Error(`No relay answers at http://127.0.0.1:${port}/. ${advice}`);
  }
  if (!found.connection?.isConnected) process.exitCode = 1;
  if (json) return print(JSON.stringify(found));
  for (const line of statusLines(found)) print(line);
}

function statusLines({ version, enrolled, connection, printers, jobs, advice }: RelayStatus): string[] {
  const place = enrolled ? `location ${enrolled.location}, ${enrolled.role}` : 'not enrolled';
  const lines = [`Platen relay ${version}, ${place}`];
  if (connection) {
    const { isConnected, since, detail } = connection;
    const time = duration(Date.now() - since);
    lines.push(isConnected ? `Connected to ${detail} for ${time}` : `Not connected for ${time}: ${detail}`);
  }
  for (const { name, words, waitingJobs, address } of printers)
    lines.push(`  ${name}: ${words}; ${waitingJobs} jobs waiting (${address})`);
  const open = jobs.filter(({ isEnded }) => !isEnded).length;
  return [...lines, `Jobs here: ${open}`, ...advice];
}

/** `platen-relay journal`: asks the relay that runs, or reads the journal of one that does not. */
export async function journal({ data, port, json }: JournalOptions): Promise<void> {
  const jobs = (await readStatus(port))?.jobs ?? (await storedJobs(data));
  if (json) return print(JSON.stringify(jobs));
  if (jobs.length === 0) print('No jobs.');
  for (const { id, attempt, printer = '', state, reasons, message, at } of jobs) {
    const when = at === undefined ? '' : new Date(at).toISOString();
    print([when, `${id}.${attempt}`, printer, state, message ?? reasons.join(', ')].filter(Boolean).join('  '));
  }
}

async function storedJobs(data: string): Promise<JobStatus[]> {
  const { journal } = await findDataFolder(data);
  return describeJobs(await readJournal<JournalEntry>(journal));
}
