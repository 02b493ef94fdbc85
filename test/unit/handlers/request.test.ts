import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isBodyChanged, takeRequest } from '../../../shared/handlers/request.ts';
import { eventFor, key, openWorld, type World } from '../world.ts';

/** A body as API Gateway hands it on: text types as text, with U+FFFD for what is not UTF-8. */
function received(type: string, octets: Buffer) {
  const isText = /^text|json|xml|javascript/.test(type);
  const headers = { 'content-type': type, 'content-length': String(octets.length) };
  return eventFor({ method: 'PUT', path: '/api/putfile', headers, body: isText ? octets.toString('utf8') : octets });
}

describe('a body that API Gateway has handed on', () => {
  const latin1 = Buffer.from('Größe', 'latin1');
  const utf8 = Buffer.from('Größe');
  const cut = utf8.subarray(0, 3);

  it.each<[type: string, octets: Buffer, isChanged: boolean]>([
    ['text/plain', latin1, true],
    ['text/plain; charset=iso-8859-1', latin1, true],
    ['application/json', latin1, true],
    ['text/plain', cut, true],
    ['text/plain', utf8, false],
    ['text/plain', Buffer.alloc(0), false],
    ['application/octet-stream', latin1, false],
    ['application/pdf', latin1, false],
  ])('of type %s', (type, octets, isChanged) => {
    const event = received(type, octets);
    const request = takeRequest(event);

    expect(isBodyChanged(event, request)).toBe(isChanged);
  });
});

describe('requests', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await world.close();
  });

  it.each([
    ['/api/putfile', 'PUT', 415],
    ['/v1/file/upload', 'POST', 415],
  ])('to %s with a changed body are refused with the type to send', async (path, method, status) => {
    const headers = {
      'content-type': 'text/plain',
      'content-length': '5',
      'x-api-key': key,
      authorization: `Bearer ${key}`,
    };

    const answer = await world.call({ method, path, headers, body: 'Gr\ufffd\ufffde' });

    expect(answer.statusCode).toBe(status);
    expect(answer.body).toContain('application/octet-stream');
  });

  describe('behind a firewall', () => {
    const authorization = `Bearer ${key}`;
    const call = (headers: Record<string, string>) =>
      world.call({ method: 'GET', path: '/platen/v1/jobs', headers: { authorization, ...headers } });
    beforeEach(() => {
      vi.stubEnv('PLATEN_PUBLIC_ORIGIN', 'https://print.example.com');
      vi.stubEnv('PLATEN_ORIGIN_SECRET', 'secret of the firewall');
    });

    it.each([[{}], [{ 'x-origin-verify': 'guessed' }]])('are refused without its secret: %o', async headers => {
      const answer = await call(headers as Record<string, string>);

      expect(answer.statusCode).toBe(403);
      expect(answer.body).toContain('https://print.example.com');
    });

    it('are taken with it, and addresses name the firewall', async () => {
      const headers = { 'x-origin-verify': 'secret of the firewall' };
      const convert = { ...headers, 'x-api-key': key, 'content-type': 'application/json' };
      const body = JSON.stringify({ url: 'https://example.com/a.pdf', async: true });

      const [jobs, started] = [
        await call(headers),
        await world.call({ method: 'POST', path: '/v1/pdf/info', headers: convert, body }),
      ];

      expect(jobs.statusCode).toBe(200);
      expect(JSON.parse(started.body as string).url).toMatch(/^https:\/\/print\.example\.com\//);
    });
  });
});
