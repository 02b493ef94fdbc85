import { describe, expect, it } from 'vitest';
import {
  allows,
  dayOf,
  jobsOfDayUsed,
  keyIdOf,
  normalizeKey,
  type Scope,
  scopes,
} from '../../../../shared/core/domain/company.ts';
import { parseJobId, parseUploadId } from '../../../../shared/core/domain/ids.ts';

const day = 86_400_000;

describe('a scope', () => {
  const granted: Record<Scope, Scope[]> = {
    print: ['print', 'read'],
    read: ['read'],
    admin: ['read', 'admin', 'preview'],
    preview: ['read', 'preview'],
  };

  it.each(scopes)('%s allows what it says', scope => {
    expect(scopes.filter(needed => allows([scope], needed))).toEqual(granted[scope]);
  });

  it('adds to others', () => {
    expect(scopes.filter(needed => allows(['print', 'admin'], needed))).toEqual([...scopes]);
    expect(scopes.filter(needed => allows([], needed))).toEqual(['read']);
  });
});

it('a key is the same in any case, with braces around it or spaces', () => {
  for (const text of ['AB-12', ' ab-12\n', '{AB-12}', ' {ab-12} ']) expect(normalizeKey(text)).toBe('ab-12');
  for (const text of ['{ab', 'ab}', 'a{b}c']) expect(normalizeKey(text)).toBe(text);
  expect(keyIdOf({ digest: '0123456789abcdef' })).toBe('0123456789ab');
});

it('the jobs of a day are counted until midnight UTC', () => {
  const midnight = 19_676 * day;

  expect([dayOf(midnight - 1), dayOf(midnight)]).toEqual([19_675, 19_676]);
  expect(jobsOfDayUsed(5, midnight)).toMatchObject({ code: 'rate-limited', retryAfterSeconds: 86_400 });
  expect(jobsOfDayUsed(5, midnight - 1).retryAfterSeconds).toBe(1);
  expect(jobsOfDayUsed(5, midnight - 1000).retryAfterSeconds).toBe(1);
  expect(jobsOfDayUsed(5, midnight - 1001).retryAfterSeconds).toBe(2);
});

it('an id has 32 hex digits', () => {
  const id = '0123456789abcdef'.repeat(2);

  for (const parse of [parseJobId, parseUploadId]) {
    expect(parse(id.toUpperCase())).toBe(id);
    for (const text of ['', id.slice(1), `${id}0`, `${id}\n`, ` ${id}`, id.replace('a', 'g')])
      expect(parse(text)).toBeUndefined();
  }
});
