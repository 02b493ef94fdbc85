import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

/* The packages of client and command line in the oldest Node that each of them names, which npm brings. */

const root = resolve(import.meta.dirname, '../..');
const oldestOf = (source: string): string => {
  const { engines } = JSON.parse(readFileSync(join(root, source, 'package.json'), 'utf8'));
  const [, version = ''] = /^>=([\d.]+)$/.exec(engines.node) ?? [];
  return version.split('.').length === 2 ? `${version}.0` : version;
};

describe('in the oldest Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'platen-oldest-'));
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
    writeFileSync(join(folder, 'large.bin'), Buffer.alloc(20_000_000, 'platen'));
  });
  afterAll(async () => {
    await machine.remove();
    rmSync(folder, { recursive: true });
  });

  /** Installs a package with its oldest Node, and answers the path of that Node. */
  function install(source: string): string {
    const home = join(folder, source);
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), '{"type":"module"}');
    const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
    const packed = npm(['pack', '--silent', '--pack-destination', home], join(root, source)).trim().split('\n').at(-1);
    npm(['install', '--silent', `node-linux-${process.arch}@${oldestOf(source)}`, `./${packed}`], home);
    return join(home, `node_modules/node-linux-${process.arch}/bin/node`);
  }

  it('the client uploads in parts and prints', () => {
    const node = install('client');
    const program = `
      import { openAsBlob } from 'node:fs';
      import { PlatenClient } from 'platen-client';
      const client = new PlatenClient(${JSON.stringify(machine.facts)});
      const id = await client.upload(await openAsBlob('../large.bin'), { name: 'large.bin' });
      const [job] = await client.print(id, ['office:folder']);
      console.log(process.versions.node, (await client.waitFor(job.id)).summary);`;
    writeFileSync(join(folder, 'client/print.js'), program);

    const said = execFileSync(node, ['print.js'], { cwd: join(folder, 'client'), encoding: 'utf8' });

    expect(said).toBe(`${oldestOf('client')} printed\n`);
  });

  it('the command line prints', () => {
    const node = install('cli');
    const { endpoint, key } = machine.facts;
    const print = ['print', '../large.bin', '--to', 'office:folder', '--watch', '--endpoint', endpoint, '--key', key];

    const said = execFileSync(node, ['node_modules/platen-cli/dist/platen.js', ...print], {
      cwd: join(folder, 'cli'),
      encoding: 'utf8',
    });

    expect(said).toMatch(/ office:folder +printed\n$/);
  });
});
