import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { blocksOf } from '../../doubles/document-blocks.ts';
import { Newcomer } from '../../doubles/newcomer.ts';
import { expectSixTasks } from './api-examples.ts';

/* The examples of docs/api.md in languages that need only npm. PHP and C# are in test/real. */

const root = resolve(import.meta.dirname, '../..');
const document = 'docs/api.md';

describe('the examples of docs/api.md', () => {
  let newcomer: Newcomer;
  beforeAll(async () => {
    newcomer = await Newcomer.arrive();
  });
  afterAll(() => newcomer.leave());

  it('work in a shell, as pasted', async () => {
    const blocks = [...blocksOf(document, 'sh'), ...blocksOf(document, 'sh', 'Shell')];
    expect(blocks).toHaveLength(8);

    await expectSixTasks(newcomer, () => newcomer.paste(...blocks));
  });

  it('work in Node, with the client as it is packed', async () => {
    const blocks = blocksOf(document, 'js', 'Node');
    expect(blocks).toHaveLength(7);
    const folder = join(newcomer.folder, 'app');
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    await newcomer.run('npm', ['pack', '--silent', join(root, 'client')]);
    await newcomer.paste('cd app', 'npm install --silent --offline --no-audit ../platen-client-*.tgz');
    writeFileSync(join(folder, 'examples.mjs'), blocks.join('\n'));

    await expectSixTasks(newcomer, () => newcomer.run(process.execPath, ['app/examples.mjs'], newcomer.settings));
  });

  // where there is no Python the report says "skipped"; .ci/run has it
  it.skipIf(spawnSync('python3', ['--version']).status !== 0)('work in Python, without packages', async () => {
    const blocks = blocksOf(document, 'python', 'Python');
    expect(blocks).toHaveLength(7);
    writeFileSync(join(newcomer.folder, 'examples.py'), blocks.join('\n'));

    await expectSixTasks(newcomer, () => newcomer.run('python3', ['-I', 'examples.py'], newcomer.settings));
  });
});

it('the health check in docs/one-machine.md answers as pasted', async () => {
  const newcomer = await Newcomer.arrive();
  onTestFinished(() => newcomer.leave());

  const said = await newcomer.paste(
    ...blocksOf(document, 'sh'),
    ...blocksOf('docs/one-machine.md', 'sh', 'Health and metrics'),
  );

  expect(JSON.parse(said)).toMatchObject({ status: 'ok' });
});
