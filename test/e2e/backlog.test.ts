import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { startIppPrinter } from '../../doubles/ipp-printer.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { backlogPolicies } from '../../shared/core/domain/printer.ts';

/* What a printer's backlog policy does with real processes: the printer was off for a day, and is back. */

const day = 24 * 60 * 60_000;

interface Digest {
  printed: number;
  held: number;
  dropped: number;
}

/** What the policy leaves on paper of three jobs, and how it counts them. */
const expected: Record<(typeof backlogPolicies)[number], { papers: string[]; digest?: Digest }> = {
  all: { papers: ['first', 'second', 'third'] },
  newest: { papers: ['third'], digest: { printed: 1, held: 0, dropped: 2 } },
  ask: { papers: [], digest: { printed: 0, held: 3, dropped: 0 } },
  drop: { papers: [], digest: { printed: 0, held: 0, dropped: 3 } },
};

const databaseOf = ({ data }: Machine) => new DatabaseSync(join(data, 'store', 'platen.db'));

/** As if the printer had been off for a day. */
function lengthenAbsence(machine: Machine): void {
  const db = databaseOf(machine);
  db.exec('PRAGMA busy_timeout = 10000');
  const awaySince = `json_extract(body, '$.awaySince') - ${day}`;
  db.exec(`UPDATE printers SET body = json_set(body, '$.awaySince', ${awaySince}) WHERE device = 'desk'`);
  db.close();
}

/** The relay has asked again, and was given no permission since the printer is away. */
async function isHeldBack(machine: Machine, id: string): Promise<boolean> {
  const db = databaseOf(machine);
  const row = db.prepare(`SELECT json_extract(body, '$.grant.isBegun') AS begun FROM jobs WHERE id = ?`).get(id);
  db.close();
  return row?.begun === 0;
}

test.each(backlogPolicies)('after a day off, with the policy "%s"', async policy => {
  const device = await startIppPrinter({ formats: ['text/plain'] });
  onTestFinished(() => device.stop());
  const machine = await Machine.make(['--printer', `desk=${device.uri}`]);
  onTestFinished(() => machine.remove());
  await machine.start();
  const printer = async () => {
    const answer = await machine.call('GET', '/platen/v1/printers/office:desk');
    return (await answer.json()) as { awaySince?: string; lastBacklog?: Digest };
  };
  const submit = (text: string) => machine.text('PUT', `/api/putfile?targets=office:desk&title=${text}`, text);
  const stateOf = async (id: string) => {
    const answer = await machine.call('GET', `/platen/v1/jobs/${id}`);
    return ((await answer.json()) as { state: string }).state;
  };
  const papers = () => device.jobs.map(({ document }) => String(document));
  const settings = JSON.stringify({ backlogPolicy: policy });
  await machine.call('PATCH', '/platen/v1/printers/office:desk', settings, { 'content-type': 'application/json' });
  const before = await submit('before');
  await until(async () => (await stateOf(before)) === 'completed');

  await device.refuse();
  const ids = [await submit('first'), await submit('second'), await submit('third')];
  await until(async () => (await printer()).awaySince !== undefined);
  lengthenAbsence(machine);
  if (policy !== 'all') await until(() => isHeldBack(machine, ids[0] as string));
  await device.start();
  await until(async () => (await printer()).awaySince === undefined);
  const after = await submit('after');
  await until(async () => (await stateOf(after)) === 'completed');
  const { papers: printed, digest } = expected[policy];
  const states = await until(async () => {
    const now = await Promise.all(ids.map(stateOf));
    return now.every(state => ['completed', 'aborted', 'pending-held'].includes(state)) ? now : undefined;
  });

  expect({ states, papers: papers() }).toMatchObject({ papers: ['before', ...printed, 'after'] });
  if (digest) expect((await printer()).lastBacklog).toMatchObject(digest);
});
