import { describe, expect, it } from 'vitest';
import { closest } from '../../../../shared/core/domain/closest.ts';
import { checkJobName } from '../../../../shared/core/domain/job-name.ts';
import { inWords } from '../../../../shared/core/domain/system-errors.ts';

describe('the word that was meant', () => {
  const words = ['copies', 'printer', 'media', 'sides', 'to'];

  it.each([
    ['copies', 'copies'],
    ['COPIES', 'copies'],
    ['copyes', 'copies'],
    ['copis', 'copies'],
    ['coppies', 'copies'],
    ['cpoies', 'copies'],
    ['prnter', 'printer'],
    ['pritners', undefined],
    ['side', 'sides'],
    ['ot', undefined],
    ['o', 'to'],
    ['', undefined],
    ['colour', undefined],
  ])('by %j is %j', (typed, meant) => {
    expect(closest(typed, words)).toBe(meant);
  });

  it('is the nearest of several', () => {
    expect(closest('tests', ['rests2', 'test', 'tests1', 'Tests'])).toBe('Tests');
    expect(closest('x', [])).toBeUndefined();
  });
});

it('the name of a job is short and has no control characters', () => {
  for (const name of ['', 'Rechnung 7 – 日本', '😀'.repeat(255)]) expect(checkJobName(name)).toBe(name);
  expect(() => checkJobName('x'.repeat(256))).toThrow('at most 255 characters');
  for (const character of ['\u0000', '\n', '\u001f', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029'])
    expect(() => checkJobName(`a${character}b`)).toThrow(expect.objectContaining({ code: 'bad-value' }));
});

it.each([
  ['connect ECONNREFUSED 192.0.2.7:631', 'the connection was refused (192.0.2.7:631)'],
  ['connect EHOSTUNREACH 192.0.2.7:631 - Local (0.0.0.0:0)', 'the host cannot be reached (192.0.2.7:631)'],
  ['getaddrinfo ENOTFOUND laser.local', 'the name is not known (laser.local)'],
  ['ENOSPC: no space left on device, write', 'the disk is full'],
  ["EACCES: permission denied, open '/spool/a b'", 'access was denied'],
  ['It failed: write EPIPE; read ECONNRESET.', 'It failed: the connection was cut; the connection was cut.'],
  ['ENOTHING happened', 'ENOTHING happened'],
  ['XENOENT', 'XENOENT'],
])('people read of %j: %j', (message, words) => {
  expect(inWords(message)).toBe(words);
});
