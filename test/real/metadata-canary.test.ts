import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The metadata addresses of clouds: a network namespace has them on an interface, with a listener that returns
 * credentials. Needs root and iproute2: `apt-get install -y iproute2`.
 */
const namespace = `platen-${process.pid}`;
const addresses = ['169.254.169.254/32', '169.254.170.2/32', '100.100.100.200/32', 'fd00:ec2::254/128'];
const child = fileURLToPath(new URL('metadata-page.ts', import.meta.url));

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (error) throw new Error('ip is not here: apt-get install -y iproute2', { cause: error });
  if (status !== 0) throw new Error(`ip ${args.join(' ')} failed (root is needed): ${stderr.trim()}`);
}

const inNamespace = (...args: string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', namespace, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

async function outputOf(process: ChildProcess): Promise<string> {
  let text = '';
  process.stdout?.on('data', piece => {
    text += piece;
  });
  const [code] = await once(process, 'close');
  expect(code, text).toBe(0);
  return text;
}

describe('reachable metadata addresses', () => {
  beforeAll(() => {
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    for (const address of addresses) ip('-n', namespace, 'addr', 'add', address, 'dev', 'lo');
  });
  afterAll(() => ip('netns', 'delete', namespace));

  it.each([
    ['are reached when they are allowed', '169.254.169.254', expect.arrayContaining(['169.254.169.254'])],
    ['receive no request of a page, which prints', '', []],
  ])('%s', async (_, allowed, heard) => {
    const answer = JSON.parse(await outputOf(inNamespace(child, allowed)));

    expect(answer).toMatchObject({ heard, text: expect.stringContaining('still prints') });
    expect(answer.text).not.toContain('SECRET');
  });
});
