import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../doubles/document-blocks.ts';
import { Newcomer } from '../../doubles/newcomer.ts';
import { expectSixTasks } from '../e2e/api-examples.ts';

const document = 'docs/api.md';
const usings = ['System', 'System.IO', 'System.Linq', 'System.Threading.Tasks']
  .map(name => `using ${name};`)
  .join('\n');

describe('the examples of docs/api.md', () => {
  let newcomer: Newcomer;
  beforeAll(async () => {
    newcomer = await Newcomer.arrive();
  });
  afterAll(() => newcomer.leave());

  const write = (name: string, text: string) => writeFileSync(join(newcomer.folder, name), text);

  it('work in PHP (php-cli)', async () => {
    const blocks = blocksOf(document, 'php', 'PHP');
    expect(blocks).toHaveLength(7);
    write('examples.php', blocks.join('\n'));

    const strict = ['-n', '-d', 'error_reporting=E_ALL', '-d', 'display_errors=stderr'];
    await expectSixTasks(newcomer, () => newcomer.run('php', [...strict, 'examples.php'], newcomer.settings));
  });

  it('work in C# (mono-mcs, libnewtonsoft-json5.0-cil)', async () => {
    const [library = '', ...statements] = blocksOf(document, 'csharp', 'C#');
    expect(statements).toHaveLength(6);
    write('Platen.cs', library);
    // what a newer compiler adds around the statements of a program
    const run = `static async Task Run() {\n${statements.join('\n')}\n}`;
    const main = 'static void Main() => Run().GetAwaiter().GetResult();';
    write('Program.cs', `${usings}\nstatic class Program {\n${run}\n${main}\n}`);
    const libraries = ['System.Core', 'System.Net.Http', '/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll'];
    const references = libraries.map(library => `-r:${library}`);
    const files = ['Platen.cs', 'Program.cs'];
    await newcomer.run('mcs', ['-langversion:latest', '-out:examples.exe', ...references, ...files]);

    await expectSixTasks(newcomer, () => newcomer.run('mono', ['examples.exe'], newcomer.settings));
  });
});
