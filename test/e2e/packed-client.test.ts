import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

const root = resolve(import.meta.dirname, '../..');

describe('the packed client, in an empty folder', () => {
  let machine: Machine;
  const folder = mkdtempSync(join(tmpdir(), 'platen-packed-'));
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(async () => {
    await machine.remove();
    rmSync(folder, { recursive: true });
  });

  it('is installed from its package and prints', () => {
    const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
    const packed = npm(['pack', '--silent', '--pack-destination', folder], join(root, 'client')).trim();
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    npm(['install', '--silent', '--offline', '--no-audit', join(folder, packed.split('\n').at(-1) as string)], folder);
    const program = `
      import { PlatenClient } from 'platen-client';
      const client = new PlatenClient(${JSON.stringify(machine.facts)});
      const id = await client.upload(new Blob(['hello']), { name: 'hello.txt' });
      const [job] = await client.print(id, ['office:folder']);
      console.log((await client.waitFor(job.id)).summary);`;
    writeFileSync(join(folder, 'print.js'), program);

    const said = execFileSync(process.execPath, ['print.js'], { cwd: folder, encoding: 'utf8' });

    expect(said).toBe('printed\n');
  });
});
