import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Authorization } from '../../../../relay/ipp-client/authorization.ts';

const login = { user: 'bob', password: 's:ecret' };
const [method, path] = ['POST', '/ipp/print'];

/** The members of a Digest answer. */
function membersOf(header = ''): Record<string, string> {
  expect(header).toMatch(/^Digest (\w+=("[^"]*"|[^\s,]+)(, (?!$)|$))+$/);
  const pairs = header.slice('Digest '.length).matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries([...pairs].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}

describe('an answer to a challenge', () => {
  it.each([
    ['MD5', 'md5', '', undefined],
    ['MD5', 'md5', ', algorithm=MD5, opaque="o=1"', 'o=1'],
    ['SHA-256', 'sha256', ', algorithm=SHA-256, opaque=""', ''],
    ['sha-256', 'sha256', ', algorithm="sha-256"', undefined],
  ])('by Digest with %s proves the password [RFC 7616 3.4.1]', (algorithm, hash, more, opaque) => {
    const authorization = new Authorization(login);
    const digest = (text: string) => createHash(hash).update(text).digest('hex');

    const isNew = authorization.learn(`Digest realm="A printer", qop="auth-int, auth", nonce="n,1"${more}`);
    const answers = [1, 2].map(() => membersOf(authorization.headerFor(method, path)));

    expect(isNew).toBe(true);
    for (const [index, answer] of answers.entries()) {
      const nc = `0000000${index + 1}`;
      const middle = `n,1:${nc}:${answer.cnonce}:auth`;
      const response = digest(`${digest('bob:A printer:s:ecret')}:${middle}:${digest(`${method}:${path}`)}`);
      const known = { username: 'bob', realm: 'A printer', nonce: 'n,1', uri: path, response, algorithm };
      const expected = { ...known, qop: 'auth', nc, cnonce: expect.stringMatching(/^[0-9a-f]{16}$/) };
      expect(answer).toEqual(opaque === undefined ? expected : { ...expected, opaque });
    }
    expect(new Set(answers.map(({ cnonce }) => cnonce)).size).toBe(2);
  });

  it.each(['', ', qop="auth-int"', ', qop="author"'])('by Digest is as of RFC 2069 without qop=auth: %j', more => {
    const authorization = new Authorization(login);
    const digest = (text: string) => createHash('md5').update(text).digest('hex');

    authorization.learn(`Digest realm=r, nonce=n${more}`);

    const response = digest(`${digest('bob:r:s:ecret')}:n:${digest(`${method}:${path}`)}`);
    const expected = { username: 'bob', realm: 'r', nonce: 'n', uri: path, response, algorithm: 'MD5' };
    expect(membersOf(authorization.headerFor(method, path))).toEqual(expected);
  });

  it('counts anew with a new nonce', () => {
    const authorization = new Authorization(login);
    authorization.learn('Digest realm=r, qop=auth, nonce=n1');
    authorization.headerFor(method, path);

    const isNew = authorization.learn('Digest realm=r, qop=auth, nonce=n2, stale=TRUE');

    expect(isNew).toBe(true);
    expect(membersOf(authorization.headerFor(method, path))).toMatchObject({ nonce: 'n2', nc: '00000001' });
  });

  it('is none before a challenge', () => {
    expect(new Authorization(login).headerFor(method, path)).toBeUndefined();
  });
});

describe('a challenge', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['Negotiate', undefined],
    ['Basics realm="Printer"', undefined],
    ['BASIC realm="Printer"', 'Basic'],
    ['Basic realm="x", Digest realm="r", nonce="n"', 'Digest'],
    ['digest realm="r", nonce="n"', 'Digest'],
  ])('%j is answered by %s', (header, scheme) => {
    const authorization = new Authorization(login);

    const isAnswerable = authorization.learn(header);

    expect(isAnswerable).toBe(scheme !== undefined);
    expect(authorization.headerFor(method, path)?.split(' ')[0]).toBe(scheme);
  });

  it.each([
    ['Basic realm="Printer"', 'Basic realm="Printer"', false],
    ['Digest realm=r, nonce=n', 'Digest realm=r, nonce=m', false],
    ['Digest realm=r, nonce=n', 'Digest realm=r, nonce=m, stale=false', false],
    ['Digest realm=r, nonce=n', 'Digest realm=r, nonce=m, stale=true', true],
    ['Basic realm="Printer"', 'Digest realm=r, nonce=n', true],
    ['Basic realm="Printer"', '', false],
  ])('%s and then %s is answered again: %s', (first, second, isAgain) => {
    const authorization = new Authorization(login);
    authorization.learn(first);

    expect(authorization.learn(second)).toBe(isAgain);
  });
});
