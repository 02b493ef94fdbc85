import { describe, expect, it } from 'vitest';
import type { Contract, Route } from '../../../shared/contracts/contract.ts';
import { originOf } from '../../../shared/handlers/origin.ts';
import { matchRoute, patternOf } from '../../../shared/handlers/router.ts';

describe('the path of a route', () => {
  const parametersIn = (path: string, given: string) => {
    const found = patternOf(path).exec(given);
    return found && { ...found.groups };
  };

  it.each<[string, string, object | null]>([
    ['/a/{job}', '/a/7', { job: '7' }],
    ['/a/{job}', '/A/X/', { job: 'X' }],
    ['/a/{job}', '/a/7/b', null],
    ['/a/{job}', '/a/', null],
    ['/a/{job}', '/b/a/7', null],
    ['/a/{job}', '/a/7//', null],
    ['/a/{one}/{two}/c', '/a/1/2/c', { one: '1', two: '2' }],
    ['/a/{name+}', '/a/b/c/', { name: 'b/c' }],
    ['/a/{name+}', '/a/b\nc', { name: 'b\nc' }],
    ['/a', '/a', {}],
    ['/a.b', '/axb', null],
    ['/a(b)', '/a(b)', {}],
  ])('%s of %j gives %j', (path, given, parameters) => {
    expect(parametersIn(path, given)).toEqual(parameters);
  });
});

describe('the route of a request', () => {
  const route = (path: string, ...methods: string[]) => ({ methods, path }) as Route;
  const contract = (prefix: string, ...routes: Route[]) =>
    ({ routes, owns: path => path.startsWith(prefix) }) as Contract;
  const first = contract('/a', route('/a/{id}', 'GET', 'HEAD'), route('/a/{id}', 'PUT'), route('/a/b', 'POST'));
  const second = contract('/', route('/a/{other}', 'DELETE'), route('/c', 'GET'));
  const match = (method: string, path: string) => matchRoute([first, second], { method, path });

  it('is the first with its path and method, in any contract', () => {
    expect(match('PUT', '/a/7')).toEqual({ contract: first, route: first.routes[1], parameters: { id: '7' } });
    expect(match('POST', '/a/B/')).toEqual({ contract: first, route: first.routes[2], parameters: {} });
    expect(match('DELETE', '/a/7')).toMatchObject({ contract: second, parameters: { other: '7' } });
    expect(match('GET', '/c')).toMatchObject({ contract: second, parameters: {} });
  });

  it('is found behind a server address that ends with a slash, and refused by the same contract', () => {
    expect(match('PUT', '//a/7')).toEqual({ contract: first, route: first.routes[1], parameters: { id: '7' } });
    expect(match('GET', '///a/7/8')).toEqual({ contract: first, allow: [] });
  });

  it('is missing with the methods of the path, each once, or with none', () => {
    expect(match('PATCH', '/a/b')).toEqual({ contract: first, allow: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] });
    expect(match('POST', '/c')).toEqual({ contract: second, allow: ['GET'] });
    expect(match('GET', '/a/7/8')).toEqual({ contract: first, allow: [] });
    expect(match('GET', '/d')).toEqual({ contract: second, allow: [] });
  });
});

describe('the address that a client used', () => {
  it.each<[Record<string, string>, string]>([
    [{}, 'https://own.test'],
    [{ host: 'a.test:8443' }, 'https://a.test:8443'],
    [{ host: 'a.test', 'x-forwarded-proto': 'HTTP , https' }, 'http://a.test'],
    [{ 'x-forwarded-proto': 'httpsx' }, 'https://own.test'],
    [{ 'x-forwarded-proto': 'xhttp' }, 'https://own.test'],
    [{ host: 'a.test', 'x-forwarded-host': 'b.test' }, 'https://b.test'],
    [{ 'x-forwarded-host': 'b.test:1', 'x-forwarded-port': '2' }, 'https://b.test:1'],
    [{ 'x-forwarded-host': 'b.test', 'x-forwarded-port': '80' }, 'https://b.test:80'],
    [{ 'x-forwarded-host': 'b.test', 'x-forwarded-port': '80', 'x-forwarded-proto': 'http' }, 'http://b.test'],
    [{ 'x-forwarded-host': 'b.test', 'x-forwarded-port': '443', 'x-forwarded-proto': 'http' }, 'http://b.test:443'],
    [{ 'x-forwarded-host': '[2001:db8::1]', 'x-forwarded-port': '8443' }, 'https://[2001:db8::1]:8443'],
    [{ 'x-forwarded-port': '8080' }, 'https://own.test'],
    [{ 'x-forwarded-host': 'b.test:123456' }, 'https://own.test'],
    [{ 'x-forwarded-host': 'b test' }, 'https://own.test'],
    [{ forwarded: 'host="c.test:8443"; proto="http"', 'x-forwarded-host': 'b.test' }, 'http://c.test:8443'],
    [{ forwarded: 'for=x;Host=c.test;Proto=HTTP, host=d.test' }, 'http://c.test'],
    [{ forwarded: 'xhost=c.test;proto=ftp', 'x-forwarded-proto': 'http' }, 'http://own.test'],
    [{ forwarded: 'host=[2001:db8::1]:1', 'x-forwarded-proto': 'http' }, 'http://[2001:db8::1]:1'],
    [{ forwarded: 'host=[nonsense]' }, 'https://own.test'],
  ])('with %j is %s', (headers, origin) => {
    expect(originOf(headers, 'own.test')).toBe(origin);
  });
});
