import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const guard = './scripts/needs-node.cjs';
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The output of a program that is loaded after the guard, by a Node that reports the given version. */
function runAs(version: string): { status: number | null; stdout: string; stderr: string } {
  const versions = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${version}'}})`;
  const program = `await import(${JSON.stringify(versions)}); await import('${guard}'); console.log('runs')`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' });
}

it.each(['18.20.4', '20.20.2', '22.21.0'])('ends Node %s with a sentence', version => {
  const { status, stdout, stderr } = runAs(version);

  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Platen needs Node 24 or later; \S+ is Node \d+\.\d+\.\d+\. .*\n$/);
  expect(stderr).toContain(`is Node ${version}.`);
});

it.each(['24.0.0', '26.1.0'])('lets Node %s run', version => {
  expect(runAs(version)).toMatchObject({ status: 0, stdout: 'runs\n', stderr: '' });
});

it.each(['start', 'dev', 'relay', 'platen', 'postinstall'])('comes before the program of npm script %s', name => {
  expect(scripts[name]).toMatch(new RegExp(`^node -r ${guard} .*\\.ts$`));
});
