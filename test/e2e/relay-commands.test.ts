import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { RelaySite, until } from '../../doubles/relay-site.ts';

const root = resolve(import.meta.dirname, '../..');

/** A command of `platen-relay` on a site's data folder. */
function relayCommand(site: RelaySite, ...args: string[]) {
  const env = { ...process.env, PLATEN_RELAY_DATA: site.data };
  const child = spawn(process.execPath, ['relay/main.ts', ...args], { cwd: root, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output.text += chunk;
    });
  }
  return { child, output };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function carryOut(site: RelaySite, ...args: string[]) {
  const { child, output } = relayCommand(site, ...args);
  const code = await ended(child);
  return { code, output: output.text };
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

test('a relay that runs without an identity begins to print once it is enrolled', async () => {
  const site = await RelaySite.start();
  const port = await freePort();
  const running = relayCommand(site, 'run', '--status-port', `${port}`);
  await until(() => running.output.text.includes('relay-waits-for-enrolment'));
  const before = await (await fetch(`http://127.0.0.1:${port}/`)).text();

  const enrolment = await carryOut(site, 'enrol', site.url, 'a-code');
  await until(() => site.heard.some(({ type }) => type === 'fetch'));

  expect(before).toContain('sudo platen-relay enrol URL CODE');
  expect(enrolment).toMatchObject({ code: 0, output: expect.stringContaining('Enrolled at location office') });
});

test('a printer that is added while the relay runs is registered and prints', async () => {
  const site = await RelaySite.start();
  const port = await freePort();
  const out = join(site.folder, 'out');
  await mkdir(out);
  relayCommand(site, 'run', '--enrol', site.url, '--code', 'a-code', '--status-port', `${port}`);
  await until(() => site.heard.some(({ type }) => type === 'fetch'));

  const added = await carryOut(site, 'printers', 'add', 'desk', `file://${out}`);
  await until(() => site.heard.some(message => message.type === 'register' && message.devices.length === 1));
  const ticket = await site.submit(1, 'desk', Buffer.from('%PDF-1.7\nhello'));
  const end = await site.endOf(ticket);

  expect(added.output).toContain('Added desk');
  expect(end).toMatchObject({ state: 'completed' });
  const status = await carryOut(site, 'status', '--port', `${port}`);
  expect(status).toMatchObject({ code: 0, output: expect.stringMatching(/Connected to localhost[\s\S]*desk: ready/) });
  const journal = await carryOut(site, 'journal', '--port', `${port}`);
  expect(journal.output).toContain(`${ticket.jobId}.1`);
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  expect(page).toContain('desk');
  expect(page).not.toContain('job 1');
});

test('a status page does not answer under the name of another site', async () => {
  const site = await RelaySite.start();
  const port = await freePort();
  const running = relayCommand(site, 'run', '--status-port', `${port}`);
  await until(() => running.output.text.includes('relay-waits-for-enrolment'));

  const { get } = await import('node:http');
  const answer = await new Promise<number | undefined>(resolve => {
    get({ host: '127.0.0.1', port, path: '/status.json', headers: { host: 'evil.example' } }, response => {
      response.resume();
      resolve(response.statusCode);
    });
  });

  expect(answer).toBe(403);
});

test('an enrolment waits for a server that is away, and says what to check', async () => {
  const site = await RelaySite.start();
  const port = await freePort();
  const enrolment = relayCommand(site, 'enrol', `http://127.0.0.1:${port}`, 'a-code');
  await until(() => enrolment.output.text.includes('No answer yet'));

  const back = createServer(async (request, response) => {
    const body = await text(request);
    const answer = await fetch(`${site.url}${request.url}`, { method: 'POST', body });
    response.end(await answer.text());
  }).listen(port, '127.0.0.1');
  onTestFinished(() => void back.close());

  expect(await ended(enrolment.child)).toBe(0);
  expect(enrolment.output.text).toContain(`Nothing answers at 127.0.0.1:${port}`);
});

test('a diagnosis names what is not well', async () => {
  const site = await RelaySite.start();
  await carryOut(site, 'enrol', site.url, 'a-code');
  await carryOut(site, 'printers', 'add', 'lost', 'ipp://127.0.0.1:1/ipp/print');

  const { code, output } = await carryOut(site, 'diagnose');

  expect(code).toBe(1);
  expect(output).toMatch(/good {2}server: http:\/\/127\.0\.0\.1/);
  expect(output).toMatch(/good {2}messages: localhost:\d+ answers/);
  expect(output).toMatch(/BAD {3}printer lost: unknown, offline/);
});

test.each([
  ['config.json', 'add the printers again'],
  ['printer-certificates.json', 'the next certificate of each printer is then taken in'],
])('a damaged %s is named, with what to do', async (name, advice) => {
  const site = await RelaySite.start();
  await mkdir(site.data);
  await writeFile(join(site.data, name), '{"printers');

  const { code, output } = await carryOut(site, 'run', '--enrol', site.url, '--code', 'a-code', '--status-port', '0');

  expect(code).toBe(1);
  expect(output).toContain(`The file ${join(site.data, name)} is damaged. Restore it from a backup, or remove it`);
  expect(output).toContain(advice);
});

test('a test page is printed without the cloud', async () => {
  const site = await RelaySite.start();
  const out = join(site.folder, 'out');
  await mkdir(out);
  await carryOut(site, 'printers', 'add', 'desk', `file://${out}`);

  const { code, output } = await carryOut(site, 'printers', 'test', 'desk');

  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('desk: printed') });
  expect(await readdir(out)).toHaveLength(1);
});
