import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../cli/command-line.ts';
import { commands } from '../../cli/commands.ts';
import { commandsIn, type ShownCommand } from '../../doubles/document-commands.ts';
import { type Commands, carryOutLine } from '../../relay/command-line.ts';
import { parseOptions } from '../../server/options.ts';

/*
 * The command lines that documents show are read by the programs that they name. What runs without AWS is pasted by the
 * tests in test/e2e; here the rest is checked as well: names of commands, options and their values.
 */

const documents = ['README.md', 'CONTRIBUTING.md', ...globSync(['docs/*.md', '{cli,client}/README.md'])];
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const shown = documents.flatMap(file => commandsIn(file).map(command => ({ ...command, file })));
type Shown = (typeof shown)[number];

/** What follows `npm run NAME --`, or the name of a program. */
const argumentsOf = ({ words }: ShownCommand) => {
  if (words.includes('--')) return words.slice(words.indexOf('--') + 1);
  return words[0] === 'npm' ? [] : words.slice(1);
};
const isScript = ({ words }: ShownCommand, name: string) =>
  words[0] === 'npm' && words.slice(1, 3).join(' ') === `run ${name}`;
const titled = (rows: Shown[]) => rows.map(row => [`${row.file}: ${row.line}`, row] as const);

describe('the npm scripts of documents', () => {
  const named = shown.filter(({ words }) => words[0] === 'npm' && words[1] === 'run' && words.length > 2);

  it('are many', () => {
    expect(named.length).toBeGreaterThan(40);
  });

  it.each(titled(named))('exist: %s', (_, { words }) => {
    expect(Object.keys(scripts)).toContain(words[2]);
  });

  it.each(titled(shown.filter(({ words }) => words[0] === 'npx')))('or programs of packages: %s', (_, { words }) => {
    expect(existsSync(`node_modules/.bin/${words[1]}`)).toBe(true);
  });

  it.each(titled(shown.filter(({ words }) => words[0] === 'node' && words[1]?.endsWith('.ts'))))(
    'or files: %s',
    (_, { words }) => {
      expect(existsSync(words[1] as string)).toBe(true);
    },
  );

  const explained = ['deploy', 'bench', 'mutate'];
  it.each(titled(shown.filter(row => explained.some(name => isScript(row, name)))))(
    'have these options: %s',
    (_, row) => {
      const source = readFileSync((scripts[row.words[2] as string] as string).replace('node ', ''), 'utf8');
      const own = argumentsOf({ ...row, words: row.words.includes('--') ? row.words : [] });

      expect(own.filter(word => word !== 'staging' && word !== 'prod' && !source.includes(word))).toEqual([]);
    },
  );
});

describe('the command line of documents', () => {
  const own = shown.filter(row => isScript(row, 'platen') || row.words[0] === 'platen');

  it.each(titled(own.filter(row => !/^(--help|\.\.\.)?$/.test(argumentsOf(row).at(-1) ?? ''))))(
    'has the command and its options: %s',
    (_, row) => {
      const args = argumentsOf(row);
      const words = args.join(' ');
      const command = commands.find(({ name }) => words === name || words.startsWith(`${name} `));
      const options = args.flatMap(word => /^--([a-z-]+)/.exec(word)?.[1] ?? []);

      expect(command?.name).toBeDefined();
      expect(options.filter(name => !(name in (command?.options ?? {})))).toEqual([]);
    },
  );

  it.each(titled(own.filter(({ isWhole }) => isWhole)))('is complete: %s', (_, row) => {
    expect(readCommandLine(commands, argumentsOf(row))).toHaveProperty('command');
  });
});

describe('the relay of documents', () => {
  const relay = shown.filter(row => isScript(row, 'relay') || row.words[0] === 'platen-relay');
  const nothingDone = new Proxy({}, { get: () => async () => undefined }) as Commands;

  it.each(titled(relay))('takes: %s', async (_, row) => {
    await expect(carryOutLine(nothingDone, argumentsOf(row))).resolves.toBeUndefined();
  });
});

describe('the server of documents', () => {
  const starts = shown.filter(({ words }) => words[0] === 'npm' && words[1] === 'start' && words.includes('--'));

  it.each(titled(starts))('takes: %s', (_, row) => {
    expect(parseOptions(argumentsOf(row))).toHaveProperty('printers');
  });

  it('takes the options of the container and of the unit', () => {
    const [container] = shown.filter(({ words }) => words.slice(0, 2).join(' ') === 'docker run');
    const image = container?.words.lastIndexOf('platen') ?? 0;
    const [, unit = ''] =
      /^ExecStart=\S+ server\/main\.ts (.*)$/m.exec(readFileSync('docs/one-machine.md', 'utf8')) ?? [];

    expect(parseOptions(container?.words.slice(image + 1) ?? [])).toHaveProperty(
      'publicUrl',
      'https://print.example.com',
    );
    expect(parseOptions(unit.split(' '))).toHaveProperty('data', '/var/lib/platen');
  });
});

describe('the files of documents', () => {
  const folder =
    /`((?:infra|shared|scripts|server|relay|cli|docs|test|examples|bench|functions|console|packaging|client|doubles)\/[\w./*{},-]*)`/g;
  const named = documents.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(folder)].map(([, path = '']) => [`${file}: ${path}`, path] as const),
  );

  it.each(named)('exist: %s', (_, path) => {
    expect(globSync(path.replace(/\/$/, ''))).not.toEqual([]);
  });
});
