import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Newcomer } from '../../doubles/newcomer.ts';

/* The published client in other runtimes than Node, which npm installs as any other package. */

const runtimes = ['deno@2.9.6', 'bun@1.4.5'];

const program = `
import { PlatenClient } from 'platen-client';
const client = new PlatenClient({ endpoint: process.env.URL, key: process.env.KEY });
const { next: after } = await client.listEvents({ limit: 1 });
const upload = await client.upload(new Blob(['hello']), { name: 'hello.txt' });
const [job] = await client.print(upload, ['office:folder']);
const ended = await client.waitFor(job.id);
for await (const event of client.events({ after, types: ['job.*'] })) {
  if (event.subject !== job.id || event.type !== 'job.completed') continue;
  console.log(JSON.stringify({ summary: ended.summary, type: event.type }));
  break;
}
process.exit(0);
`;

describe('the client', () => {
  let newcomer: Newcomer;
  beforeAll(async () => {
    newcomer = await Newcomer.arrive();
    await newcomer.run('npm', ['pack', '--silent', resolve(import.meta.dirname, '../../client')]);
    await newcomer.paste(
      'mkdir app && cd app',
      `echo '{"private": true}' > package.json`,
      // both come with their binaries as packages; Bun's own script only puts one of them in its place
      `npm install --silent --no-audit --ignore-scripts ../platen-client-*.tgz ${runtimes.join(' ')}`,
      'node node_modules/bun/install.js',
    );
    writeFileSync(join(newcomer.folder, 'app/use.mjs'), program);
  });
  afterAll(() => newcomer.leave());

  it.each([
    ['Deno', 'deno', ['run', '--quiet', '--no-remote', '--allow-net', '--allow-env', '--node-modules-dir=manual']],
    ['Bun', 'bun', ['run']],
  ])('uploads, prints and follows events in %s', async (_name, runtime, args) => {
    const said = await newcomer.run(
      join(newcomer.folder, 'app/node_modules/.bin', runtime),
      [...args, 'app/use.mjs'],
      newcomer.settings,
    );

    expect(JSON.parse(said)).toEqual({ summary: 'printed', type: 'job.completed' });
  });
});
