import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

const root = resolve(import.meta.dirname, '../..');
const sample = readFileSync(join(root, 'examples/sample.pdf'));

describe('npm start', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  const printed = () => readdirSync(join(machine.data, 'printed')).filter(name => !name.startsWith('.'));

  it('writes the facts for scripts, readable by the owner only', () => {
    const { endpoint, company, key, location, printers } = machine.facts;

    expect(statSync(join(machine.data, 'platen.json')).mode & 0o777).toBe(0o600);
    expect({ company, location, printers }).toEqual({
      company: 'main',
      location: 'office',
      printers: ['office:folder'],
    });
    expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(machine.output).toContain(endpoint);
    expect(machine.output).toContain(key);
  });

  it('prints the sample with the command that it shows', async () => {
    const line = /^ {2}(curl .*putfile.*)$/m.exec(machine.output)?.[1] ?? '';
    const shell = spawn('sh', ['-c', `${line.replace('curl', 'curl -s')}`], { cwd: root });
    let id = '';
    shell.stdout.on('data', chunk => {
      id += chunk;
    });
    await once(shell, 'close');

    await until(async () => (await machine.job('folder', id)).State === 2);

    const [name = ''] = printed();
    expect(name).toMatch(/^sample.*\.pdf$/);
    expect(readFileSync(join(machine.data, 'printed', name)).equals(sample)).toBe(true);
  });

  it('refuses a second start on the same folder', async () => {
    const second = spawn(process.execPath, ['server/main.ts', '--port', '0', '--data', machine.data], { cwd: root });
    let said = '';
    second.stderr.on('data', chunk => {
      said += chunk;
    });
    const [code] = await once(second, 'close');

    expect(code).toBe(1);
    expect(said).toMatch(/in use by another Platen/);
    expect(await machine.text('GET', '/api/version')).toMatch(/^\d/);
  });

  it('keeps everything across a restart', async () => {
    const before = machine.facts;
    const jobs = await machine.text('GET', '/platen/v1/jobs');
    const active = { 'content-type': 'application/json' };
    await machine.call('PATCH', '/platen/v1/printers/office:laser', '{"active": true}', active);

    const code = await machine.end('SIGINT');
    await machine.start();

    expect(code).toBe(0);
    expect(machine.facts.key).toBe(before.key);
    expect(machine.facts.printers).toEqual(['office:folder', 'office:laser']);
    expect(await machine.text('GET', '/platen/v1/jobs')).toBe(jobs);
    const id = await machine.text('PUT', '/api/putfile?targets=office:folder&title=again.pdf', sample);
    await until(async () => (await machine.job('folder', id)).State === 2);
  });

  it('reports errors of its command line', async () => {
    for (const args of [['--port', 'x'], ['--printer', 'laser'], ['--wrong']]) {
      const wrong = spawn(process.execPath, ['server/main.ts', ...args], { cwd: root });
      let said = '';
      wrong.stderr.on('data', chunk => {
        said += chunk;
      });
      const [code] = await once(wrong, 'close');

      expect(code).toBe(2);
      expect(said).toContain(args[0]);
    }
  });
});
