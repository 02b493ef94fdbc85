import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { adaptRequest } from '../../../server/adapt-request.ts';

const adapted = (url: string, headers: Record<string, string>, publicUrl?: string) => {
  const request = { url, headers: { host: 'inner', ...headers } };
  adaptRequest(request as unknown as IncomingMessage, publicUrl);
  return request;
};

it.each([
  ['http://127.0.0.1:80/api/version?a=b', '/api/version?a=b', '127.0.0.1:80'],
  ['HTTPS://print.example.com', '/', 'print.example.com'],
  ['https://print.example.com?a', '/?a', 'print.example.com'],
  ['/api/put?x=http://a/b', '/api/put?x=http://a/b', 'inner'],
  ['//a/b', '//a/b', 'inner'],
  ['*', '*', 'inner'],
])('a target of %s is %s at its host', (url, target, host) => {
  expect(adapted(url, {})).toEqual({ url: target, headers: { host } });
});

it('a public URL counts whatever proxies say', () => {
  const proxies = {
    forwarded: 'proto=http',
    'x-forwarded-host': 'a',
    'x-forwarded-port': '1',
    'x-forwarded-proto': 'http',
  };

  expect(adapted('http://inner/x', proxies, 'https://print.example.com').headers).toEqual({
    host: 'print.example.com',
    'x-forwarded-proto': 'https',
  });
});
