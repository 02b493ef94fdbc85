import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

/*
 * The README's commands as a newcomer pastes them: into one shell after the other, on a fresh installation. Addresses
 * and folders that the README names are those of this run; nothing else is changed.
 */

const root = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The shell blocks below a heading, in order. */
function blocksBelow(heading: string): string[] {
  const section = readme.split(/^## /m).find(part => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
}

let machine: Machine;
let scratch: string;
let relay: ChildProcess | undefined;

beforeAll(async () => {
  machine = await Machine.make();
  await machine.start();
  scratch = mkdtempSync(join(tmpdir(), 'platen-readme-'));
});
afterAll(async () => {
  relay?.kill('SIGKILL');
  await machine.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const adapted = (block: string) =>
  block
    .replaceAll('http://127.0.0.1:8080', machine.facts.endpoint)
    .replaceAll('data/platen.json', join(machine.data, 'platen.json'))
    .replaceAll('/tmp/branch-desk', join(scratch, 'desk'))
    .replaceAll('npm run relay --', `"${process.execPath}" relay/main.ts --data ${join(scratch, 'relay')}`);

async function paste(...blocks: string[]): Promise<string> {
  const shell = spawn('bash', ['-euc', blocks.map(adapted).join('\n')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
  if (shell.exitCode === null) await once(shell, 'exit');
  expect(shell.exitCode, errors).toBe(0);
  return output;
}

const printed = (folder = join(machine.data, 'printed')) =>
  existsSync(folder) ? readdirSync(folder).filter(name => !name.startsWith('.')) : [];

describe('the README', () => {
  const [settings = '', ...dialects] = blocksBelow('One request per dialect');

  it('has a block for each of the four dialects', () => {
    expect(dialects).toHaveLength(4);
  });

  it.each(dialects.map(block => [/\/(api\/v1|api|v1|platen\/v1)\//.exec(block)?.[1], block]))(
    'prints as pasted: %s',
    async (_dialect, block) => {
      const before = printed().length;

      await paste(settings, block as string);

      await until(() => printed().length > before);
    },
  );

  it('sets up a relay at another place that leaves the first one alone', async () => {
    const [place = '', start = ''] = blocksBelow('A relay at another place');
    const script = [settings, place, start].map(adapted).join('\n');
    relay = spawn('bash', ['-euc', script.replace(/("[^"]+" relay\/main\.ts)/, 'exec $1')], {
      cwd: root,
      stdio: 'ignore',
    });
    const submit = (printer: string) =>
      machine.call('POST', '/platen/v1/jobs', JSON.stringify({ printer, document: { base64: 'aGVsbG8K' } }), {
        'content-type': 'application/json',
      });

    await until(async () => {
      const location = await machine.call('GET', '/platen/v1/locations/branch');
      const { online } = (await location.json()) as { online: boolean };
      return online === true;
    });
    expect((await submit('branch:desk')).status).toBe(201);
    await until(() => printed(join(scratch, 'desk')).length === 1);

    const before = printed().length;
    expect((await submit('office:folder')).status).toBe(201);
    await until(() => printed().length > before);
  });
});
