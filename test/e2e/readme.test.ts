import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../doubles/document-blocks.ts';
import { until } from '../../doubles/machine.ts';
import { Newcomer } from '../../doubles/newcomer.ts';

/*
 * The README's commands as a newcomer pastes them: into one shell after the other, on a fresh installation. Addresses
 * and folders that the README names are those of this run; nothing else is changed.
 */

const readme = 'README.md';
let newcomer: Newcomer;
let relay: ChildProcess | undefined;

beforeAll(async () => {
  newcomer = await Newcomer.arrive();
});
afterAll(async () => {
  relay?.kill('SIGKILL');
  await newcomer.leave();
});

describe('the README', () => {
  const [settings = '', ...dialects] = blocksOf(readme, 'sh', 'One request per dialect');

  it('has a block for each of the four dialects', () => {
    expect(dialects).toHaveLength(4);
  });

  it.each(dialects.map(block => [/\/(api\/v1|api|v1|platen\/v1)\//.exec(block)?.[1], block]))(
    'prints as pasted: %s',
    async (_dialect, block) => {
      const before = newcomer.printed().length;

      await newcomer.paste(settings, block as string);

      await until(() => newcomer.printed().length > before);
    },
  );

  it('prints from the command line', async () => {
    const said = await newcomer.paste(...blocksOf(readme, 'sh', 'From the command line'));

    expect(said).toMatch(/ office:folder +printed$/m);
    expect(said).toMatch(/^JOB +PRINTER/m);
    expect(said).toMatch(/^All is well/m);
  });

  it('sets up a relay at another place that leaves the first one alone', async () => {
    const { folder, machine } = newcomer;
    const [place = '', start = ''] = blocksOf(readme, 'sh', 'A relay at another place');
    const script = newcomer
      .adapted([settings, place, start].join('\n'))
      .replaceAll('/tmp/branch-desk', join(folder, 'desk'))
      .replace('npm run relay --', `exec "${process.execPath}" relay/main.ts --data ${join(folder, 'relay-data')}`);
    relay = spawn('bash', ['-euc', script], { cwd: folder, stdio: 'ignore' });
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
    await until(() => readdirSync(join(folder, 'desk')).filter(name => !name.startsWith('.')).length === 1);

    const before = newcomer.printed().length;
    expect((await submit('office:folder')).status).toBe(201);
    await until(() => newcomer.printed().length > before);
  });
});
