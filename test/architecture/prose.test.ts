import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/*
 * Comments, messages and documents are plain English: subject, verb, object, and the standard words of the field. These
 * words are signs of the opposite: "the relay is told", "nobody knows", "the job stands", "ends of itself".
 */
const words = [
  'told',
  'nobody',
  'somebody',
  'whoever',
  'stands',
  'of itself',
  'of themselves',
  'comes to its end',
  'worked off',
  'a word of its own',
];
const forbidden = new RegExp(`\\b(${words.join('|')})\\b`, 'gi');

/** Where one of the words is right, and why. */
const exceptions: { file: string; text: string; reason: string }[] = [];

/** Folders and files that are still to be rewritten. Remove an entry when its folder is done; the list ends empty. */
const notYetRewritten: string[] = [];

/** This file, which has to name the words, and recorded or foreign text. */
const skipped = /(^|\/)(node_modules|dist|cdk\.out|coverage|\.venv|data)\/|^test\/fixtures\/|prose\.test\.ts$/;

interface Finding {
  file: string;
  line: number;
  text: string;
}

function findingsIn(file: string, content: string): Finding[] {
  return content.split('\n').flatMap((text, index) => {
    const allowed = exceptions.filter(exception => exception.file === file).map(exception => exception.text);
    const rest = allowed.reduce((left, part) => left.replaceAll(part, ''), text);
    return rest.match(forbidden) ? [{ file, line: index + 1, text: text.trim() }] : [];
  });
}

const files = (await Array.fromAsync(glob('**/*.{ts,tsx,mjs,md}', { exclude: ['**/node_modules', 'dist', 'cdk.out'] })))
  .map(file => file.split(sep).join('/'))
  .filter(file => !skipped.test(file));
const findings = files.flatMap(file => findingsIn(file, readFileSync(file, 'utf8')));
const isUnder = (entry: string) => (finding: Finding) => finding.file === entry || finding.file.startsWith(`${entry}/`);

describe('prose', () => {
  it('finds the words', () => {
    const text = 'The relay is told.\n// Nobody knows\nstandstill, retold';

    expect(findingsIn('a.ts', text).map(({ line }) => line)).toEqual([1, 2]);
    expect(files.length).toBeGreaterThan(300);
  });

  it('is plain English, outside of what is still to be rewritten', () => {
    const open = findings.filter(finding => !notYetRewritten.some(entry => isUnder(entry)(finding)));

    expect(open.map(({ file, line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
  });

  it('lists only what is still to be rewritten', () => {
    const done = notYetRewritten.filter(entry => !findings.some(isUnder(entry)));

    expect(done, 'remove these from notYetRewritten').toEqual([]);
  });

  it('has no exception without use', () => {
    const unused = exceptions.filter(({ file, text }) => !readFileSync(file, 'utf8').includes(text));

    expect(unused).toEqual([]);
  });
});
