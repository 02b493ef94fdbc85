import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environments } from '../../infra/environments.ts';

const read = (file: string) => readFileSync(file, 'utf8');

describe('docs/deploy.md', () => {
  it('names the concurrency that prod reserves', () => {
    const reserved = Object.values(environments.prod.reservedConcurrency).reduce((sum, count) => sum + count, 0);

    expect(read('docs/deploy.md').replace(/\s+/g, ' ')).toContain(`\`prod\`, which reserves ${reserved}.`);
  });
});

describe('docs/decisions', () => {
  const folder = 'docs/decisions';
  const notes = readdirSync(folder)
    .filter(name => /^\d/.test(name))
    .sort();

  it('are numbered without gaps', () => {
    expect(notes.map(name => Number(name.slice(0, 4)))).toEqual(notes.map((_, index) => index + 1));
  });

  it.each(notes)('%s has a number, a date, a status and the four sections', name => {
    const text = read(`${folder}/${name}`);

    expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. \\S`));
    expect(text).toMatch(/^Date: \d{4}-\d{2}-\d{2}\. Status: (accepted|superseded by \d+|rejected)\.$/m);
    expect(text.match(/^## .*/gm)).toEqual(['## Context', '## Decision', '## Alternatives', '## Consequences']);
  });

  it('are all in the index, with their titles', () => {
    const lines = notes.map(name => {
      const title = /^# \d+\. (.*)/.exec(read(`${folder}/${name}`))?.[1];
      return `| [${Number(name.slice(0, 4))}](${name}) | ${title} |`;
    });

    expect(
      read(`${folder}/README.md`)
        .split('\n')
        .filter(line => line.startsWith('| [')),
    ).toEqual(lines);
  });
});

describe('links in documents', () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md'))
      .map(name => `docs/${name.replaceAll('\\', '/')}`),
  ];

  it.each(documents)('of %s lead to files and sections that exist', file => {
    const base = new URL(file, `file://${process.cwd()}/`);
    const broken = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter(target => !/^[a-z]+:/.test(target))
      .filter(target => {
        const { pathname, hash } = new URL(target, base);
        if (!existsSync(pathname)) return true;
        return hash !== '' && !anchorsOf(read(pathname)).includes(hash.slice(1));
      });

    expect(broken).toEqual([]);
  });
});

/** Anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
