import { describe, expect, it } from 'vitest';
import { ageText, durationText, octetsText } from '../../../console/format.ts';
import { entryWords, reasonWords, stageOf, toneOfState, valueName } from '../../../console/words.ts';
import { type Standing, stateOf, transitions } from '../../../shared/core/domain/job.ts';

const standings = Object.keys(transitions) as Standing[];

describe('words of the console', () => {
  it.each(standings)('have a sentence, a stage and a look for %s', standing => {
    const state = stateOf({ standing });
    const reasons = [standing.split('/')[1] as string];

    expect(entryWords(state, reasons)).not.toBe(state);
    expect(stageOf(state, reasons)).toBeGreaterThanOrEqual(standing === 'pending-held/job-incoming' ? 0 : 1);
    expect(toneOfState(state)).toMatch(/^[a-z]+$/);
  });

  it('say of a job that makes a file that the file is ready', () => {
    expect(entryWords('completed', ['job-completed-successfully'], false)).toBe('The file is ready');
    expect(entryWords('pending', ['job-queued'], false)).toBe('Waiting to be prepared');
  });

  it('name reasons as people do, and unknown ones as they came', () => {
    expect(reasonWords('media-empty-error')).toBe('is out of paper');
    expect(reasonWords('expired')).toBe('not printed in time');
    expect(reasonWords('vendor-flux-low')).toBe('vendor-flux-low');
    expect(reasonWords('constructor')).toBe('constructor');
  });

  it('name papers by their size', () => {
    expect(valueName('iso_a4_210x297mm')).toBe('A4 (210 × 297 mm)');
    expect(valueName('na_letter_8.5x11in')).toBe('Letter (8.5 × 11 in)');
    expect(valueName('two-sided-long-edge')).toMatch(/^Both sides/);
    expect(valueName('tray-7')).toBe('tray-7');
  });
});

describe('formats', () => {
  it.each([
    [999, '999 ms'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [86_400_000, '1 day'],
    [3 * 86_400_000, '3 days'],
    [-5, '0 ms'],
  ])('shows %i milliseconds as %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  it('shows ages and times to come', () => {
    expect(ageText(1000, 2000)).toBe('just now');
    expect(ageText(0, 60_000)).toBe('1 min ago');
    expect(ageText(60_000, 0)).toBe('in 1 min');
    expect(ageText(7 * 86_400_000 - 1, 0)).toBe('in 7 days');
    expect(ageText(3_599_900, 0)).toBe('in 1 h');
  });

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [120_000_000, '120 MB'],
    [2_500_000_000_000, '2500 GB'],
  ])('shows %i octets as %s', (octets, text) => {
    expect(octetsText(octets)).toBe(text);
  });
});
