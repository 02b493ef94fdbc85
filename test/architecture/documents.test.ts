import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environments } from '../../infra/environments.ts';
import { conversionFolder, conversionKey, inlineKey } from '../../shared/core/domain/conversion.ts';
import { documentKey, outputKey } from '../../shared/core/domain/document.ts';
import type { CompanyId, JobId } from '../../shared/core/domain/ids.ts';
import { outputFileKey } from '../../shared/core/domain/output-file.ts';
import { arrows } from './rooms.ts';

const read = (file: string) => readFileSync(file, 'utf8');

describe('docs/deploy.md', () => {
  it('names the concurrency that prod reserves', () => {
    const reserved = Object.values(environments.prod.reservedConcurrency).reduce((sum, count) => sum + count, 0);

    expect(read('docs/deploy.md').replace(/\s+/g, ' ')).toContain(`\`prod\`, which reserves ${reserved}.`);
  });
});

describe('docs/runbook.md', () => {
  const text = read('docs/runbook.md');
  const events = [...text.matchAll(/grep (?:-E ')?([a-z]+(?:-[a-z]+)+)|event = "([a-z-]+)"|`(job-[a-z]+)`/g)];
  const names = new Set(events.map(([, ...found]) => found.find(Boolean) as string));
  const sources = [...globSync('{shared,relay,server}/**/*.ts')].map(read).join('\n');

  it.each([...names])('searches for the event %s, which the product logs', name => {
    expect(sources).toContain(`'${name}'`);
  });

  it('searches for events', () => {
    expect(names.size).toBeGreaterThan(4);
  });
});

describe('ARCHITECTURE.md', () => {
  const rows = read('ARCHITECTURE.md').matchAll(/^\| (`.*?`) \|/gm);
  const described = [...rows].flatMap(([, paths = '']) => paths.match(/[^`, ]+/g) ?? []);

  it.each(described)('describes %s, which exists', path => {
    expect(existsSync(path)).toBe(true);
  });

  it.each(Object.keys(arrows))('describes the room %s, or a room above it', room => {
    expect(described.filter(path => `${room}/`.startsWith(path) || room === path)).not.toEqual([]);
  });
});

describe('the keys drawn in the table file', () => {
  const [company, job, token] = ['<company>' as CompanyId, '<job>' as JobId, '<token>'];
  const output = outputKey(company, job, token);
  const folder = conversionFolder(company, token);

  it.each([
    documentKey(company, token),
    output,
    outputFileKey(output, 0).replace(/0$/, '<index>'),
    conversionKey(folder),
    inlineKey(folder),
  ])('include %s', key => {
    expect(read('shared/adapters/aws/dynamo/table.ts').split(/\s+/)).toContain(key);
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
