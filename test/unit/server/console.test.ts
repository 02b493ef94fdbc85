import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeConsoleHandler } from '../../../server/console.ts';
import { ask } from './ask.ts';

const signedIn = { key: 'a key', expiresAt: '2026-01-02T00:00:00.000Z' };
const consoleHandler = makeConsoleHandler({
  signIn: async code => (code === 'good' ? signedIn : undefined),
  origins: () => ['https://print.example'],
});
const askConsole = (url: string, more: Partial<Parameters<typeof ask>[1]> = {}) =>
  ask(consoleHandler, { url, ...more });
const textOf = ({ body = '' }: { body?: string | Uint8Array }) => Buffer.from(body as string).toString();

/** A file that the page loads, by the end of its name. */
async function assetOf(suffix: string): Promise<string> {
  const page = textOf(await askConsole('/console/'));
  return new RegExp(`"(/console/[^"]+${suffix})"`).exec(page)?.[1] ?? '';
}

describe('the console of one machine', () => {
  it.each(['GET', 'HEAD'])('takes a browser from / and /console to /console/: %s', async method => {
    const html = { accept: 'text/html,application/xhtml+xml' };
    const redirect = { isHandled: true, status: 302, headers: { location: '/console/', vary: 'accept' } };

    expect(await askConsole('/?a', { method, headers: html })).toMatchObject(redirect);
    expect(await askConsole('/console', { method })).toMatchObject(redirect);
  });

  it.each([
    ['/', 'GET', { accept: 'application/json' }],
    ['/', 'GET', {}],
    ['/', 'POST', { accept: 'text/html' }],
    ['/console', 'POST', {}],
    ['/consoles/', 'GET', {}],
    ['/platen/v1/jobs', 'GET', { accept: 'text/html' }],
  ])('leaves %s with %s and %j to the API', async (url, method, headers) => {
    expect(await askConsole(url, { method, headers })).toEqual({ isHandled: false, headers: {} });
  });

  it.each(['/console/', '/console/jobs/0815?a=b', '/console/index.html'])('shows its page at %s', async url => {
    const answer = await askConsole(url);

    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', vary: 'accept-encoding' },
    });
    expect(answer.headers['content-security-policy']).toContain("connect-src 'self' https://print.example;");
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(textOf(answer)).toMatch(/^<!doctype html>/i);
  });

  it.each([
    ['\\.js', 'text/javascript; charset=utf-8'],
    ['\\.css', 'text/css; charset=utf-8'],
  ])('lets browsers keep what its page loads for a year: %s', async (suffix, type) => {
    const { status, headers } = await askConsole(await assetOf(suffix));

    const kept = 'public, max-age=31536000, immutable';
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, kept]);
  });

  it('compresses for those who take it', async () => {
    const plain = await askConsole('/console/');
    const gzipped = await askConsole('/console/', { headers: { 'accept-encoding': 'br, gzip' } });

    expect(gzipped.headers).toMatchObject({
      ...{ 'content-encoding': 'gzip', 'content-length': (gzipped.body as Uint8Array).byteLength },
    });
    expect(gunzipSync(gzipped.body as Uint8Array).toString()).toBe(textOf(plain));
    expect(plain.headers['content-length']).toBe((plain.body as Uint8Array).byteLength);
  });

  it('answers HEAD without the octets', async () => {
    const { status, headers, body } = await askConsole('/console/', { method: 'HEAD' });

    expect([status, body]).toEqual([200, undefined]);
    expect(headers['content-length']).toBeGreaterThan(0);
  });

  it('has no file but its own, and takes nothing but the sign-in', async () => {
    expect(await askConsole('/console/app.js')).toMatchObject({ isHandled: true, status: 404 });
    for (const [url, method] of [
      ['/console/', 'POST'],
      ['/console/sign-in', 'PUT'],
    ] as const)
      expect(await askConsole(url, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await askConsole('/console/config.json')).toMatchObject({ headers: { 'content-type': 'application/json' } });
  });
});

describe('the sign-in of the console', () => {
  const send = (...body: string[]) => askConsole('/console/sign-in', { method: 'POST', body });

  it('exchanges a code for a key', async () => {
    const answer = await send('{"code":', '"good"}');

    expect([answer.status, JSON.parse(textOf(answer))]).toEqual([200, signedIn]);
    expect(answer.headers).toEqual({ 'content-type': 'application/json' });
  });

  it.each([
    ['another code', '{"code":"bad"}'],
    ['no code', '{}'],
    ['a code that is no text', '{"code":["good"]}'],
    ['no JSON', 'good'],
    ['null', 'null'],
    ['nothing', ''],
    ['more than a kilobyte', `{"code":"good","more":"${'x'.repeat(1024)}"}`],
  ])('refuses %s', async (_what, body) => {
    const answer = await send(body);

    expect(answer.status).toBe(403);
    expect(JSON.parse(textOf(answer)).error).toMatchObject({
      ...{ code: 'forbidden', message: expect.stringContaining('used before or is too old') },
    });
  });
});
