import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../doubles/document-blocks.ts';
import { until } from '../../doubles/machine.ts';
import { Newcomer } from '../../doubles/newcomer.ts';
import { freePorts } from '../../scripts/ministack.ts';
import { pythonEnvironment } from '../../scripts/python-environment.ts';

/* The receivers of docs/events.md, which check signatures, behind webhooks of a real server. */

const [section, document] = ['Webhooks', 'docs/events.md'];

describe('the receivers of docs/events.md', () => {
  let newcomer: Newcomer;
  let receiver: ChildProcess | undefined;
  beforeAll(async () => {
    newcomer = await Newcomer.arrive(['--allow-fetch', '127.0.0.1']);
  });
  afterEach(async () => {
    const exited = receiver && once(receiver, 'exit');
    receiver?.kill();
    receiver = undefined;
    await exited;
  });
  afterAll(() => newcomer.leave());

  const json = async (method: string, path: string, body: object = {}) =>
    (await newcomer.machine.call(method, `/platen/v1/webhooks${path}`, JSON.stringify(body))).json();

  async function subscribe(): Promise<{ id: string; secret: string; url: string; port: string }> {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/hook`;
    return { ...((await json('POST', '', { url })) as { id: string; secret: string }), url, port: String(port) };
  }

  async function start(program: string, args: string[], secret: string, url: string): Promise<void> {
    const env = { ...process.env, SECRET: secret };
    receiver = spawn(program, args, { cwd: newcomer.folder, stdio: 'ignore', env });
    await once(receiver, 'spawn');
    await until(() => fetch(url).catch(() => undefined));
  }

  /** Sends a test of the server, and requests that are not from it. */
  async function check({ id, secret, url }: Awaited<ReturnType<typeof subscribe>>): Promise<void> {
    const { status } = (await json('POST', `/${id}/test`)) as { status: number };
    expect(Math.floor(status / 100)).toBe(2);

    const body = '{"type":"webhook.test"}';
    const send = async (sent: string, at: Date, key = secret) => {
      const headers = {
        'webhook-id': 'evt_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': `v1,c2hvcnQ= ${new Webhook(key).sign('evt_1', at, body)}`,
      };
      return (await fetch(url, { method: 'POST', headers, body: sent })).ok;
    };
    const now = new Date();
    expect(await send(body, now)).toBe(true);
    expect(await send(body.replace('test', 'tesT'), now)).toBe(false);
    expect(await send(body, new Date(now.getTime() - 301_000))).toBe(false);
    expect(await send(body, now, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)).toBe(false);
  }

  it('work in PHP (php-cli)', async () => {
    const blocks = blocksOf(document, 'php', section);
    expect(blocks).toHaveLength(1);
    writeFileSync(join(newcomer.folder, 'hook.php'), `<?php\n${blocks[0]}http_response_code(204);\n`);
    const subscribed = await subscribe();
    await start('php', ['-n', '-S', `127.0.0.1:${subscribed.port}`, 'hook.php'], subscribed.secret, subscribed.url);

    await check(subscribed);
  });

  it('work in Python (standardwebhooks, flask)', async () => {
    const blocks = blocksOf(document, 'python', section);
    expect(blocks).toHaveLength(1);
    writeFileSync(join(newcomer.folder, 'hook.py'), blocks[0] as string);
    const programs = await pythonEnvironment(['standardwebhooks==1.1.0', 'flask==3.1.3'], 'flask');
    const subscribed = await subscribe();
    const args = ['--app', 'hook', 'run', '--port', subscribed.port];
    await start(join(programs, 'flask'), args, subscribed.secret, subscribed.url);

    await check(subscribed);
  });

  it('work in a shell (openssl)', async () => {
    const [, shell] = blocksOf(document, 'sh', section);
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const [at, BODY] = [new Date(1_700_000_000_000), '{"type":"webhook.test","data":{"name":"Büro %s"}}'];
    const variables = { SECRET: secret, ID: 'evt_1', TIMESTAMP: '1700000000', BODY };

    const said = await newcomer.run('sh', ['-euc', shell as string], variables);

    expect(`v1,${said.trim()}`).toBe(new Webhook(secret).sign('evt_1', at, BODY));
  });
});
