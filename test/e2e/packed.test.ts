import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

const root = resolve(import.meta.dirname, '../..');

describe('in an empty folder, from their packages', () => {
  let machine: Machine;
  const folder = mkdtempSync(join(tmpdir(), 'platen-packed-'));
  const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
  const install = (source: string) => {
    const packed = npm(['pack', '--silent', '--pack-destination', folder], join(root, source)).trim();
    npm(['install', '--silent', '--offline', '--no-audit', join(folder, packed.split('\n').at(-1) as string)], folder);
  };
  beforeAll(async () => {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(async () => {
    await machine.remove();
    rmSync(folder, { recursive: true });
  });

  it('the client is installed and prints', () => {
    install('client');
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

  it('the command line is installed, logs in and prints', () => {
    install('cli');
    writeFileSync(join(folder, 'hello.txt'), 'hello');
    const env = { PATH: process.env.PATH, HOME: folder };
    const platen = (...args: string[]) =>
      execFileSync(join(folder, 'node_modules/.bin/platen'), args, { cwd: folder, env, encoding: 'utf8' });
    const { endpoint, key } = machine.facts;

    expect(platen('login', '--endpoint', endpoint, '--key', key)).toMatch(/^Connected; 1 printer\b/);
    expect(platen('print', 'hello.txt', '--to', 'office:folder', '--watch')).toMatch(/ office:folder +printed\n$/);
    expect(JSON.parse(platen('jobs', '--json')).jobs).toHaveLength(2);
    writeFileSync(join(folder, 'page.html'), '<h1>Hello</h1>');
    expect(platen('html', 'page.html', '-o', 'page.pdf')).toMatch(/^page\.pdf: 1 page, \d+ bytes\n/);
    expect(readFileSync(join(folder, 'page.pdf'), 'latin1')).toMatch(/^%PDF-/);
  });
});
