import { describe, expect, it } from 'vitest';
import { RelayIds } from '../../../infra/relay-ids.ts';

const token = '0123456789abcdef'.repeat(2);
const { sqlPattern, iamPatterns } = new RelayIds('prod');

/** Patterns of IAM: `*` is any text, `?` any character. */
const matches = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);

describe('the relays of an environment', () => {
  it.each<[id: string, isOurs: boolean]>([
    [`platen-prod-${token}`, true],
    // enrolled by release 0.1.0
    [token, true],
    [`platen-dev-${token}`, false],
    [`platen-prod-eu-${token}`, false],
    ['thermometer-7', false],
    [`x${token}`, false],
  ])('%s: %s', (id, isOurs) => {
    expect(new RegExp(sqlPattern).test(id)).toBe(isOurs);
  });

  it.each<[id: string, isReached: boolean]>([
    [`platen-prod-${token}`, true],
    [token, true],
    [`platen-dev-${token}`, false],
    ['thermometer-7', false],
  ])('may be published to as %s: %s', (id, isReached) => {
    expect(iamPatterns.some(pattern => matches(pattern, id))).toBe(isReached);
  });
});
