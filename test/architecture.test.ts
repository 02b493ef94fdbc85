import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Which rooms of the project a room may import, besides itself. `*` is every room. */
const arrows: Record<string, string[]> = {
  'shared/domain': [],
  'shared/relay-protocol.ts': ['shared/domain'],
  'shared/ports.ts': ['shared/domain', 'shared/relay-protocol.ts'],
  'shared/service-table.ts': ['shared/ports.ts'],
  'shared/version.ts': [],
  'shared/log.ts': [],
  'shared/config.ts': ['shared/ports.ts', 'shared/service-table.ts'],
  'shared/usecases': ['shared/domain', 'shared/ports.ts', 'shared/relay-protocol.ts'],
  'shared/contracts': [
    'shared/usecases',
    'shared/domain',
    'shared/relay-protocol.ts',
    'shared/service-table.ts',
    'shared/version.ts',
  ],
  'shared/http': [
    'shared/contracts',
    'shared/usecases',
    'shared/domain',
    'shared/ports.ts',
    'shared/log.ts',
    'shared/service-table.ts',
  ],
  'shared/queue-handler.ts': ['shared/ports.ts', 'shared/log.ts'],
  'shared/render': ['shared/domain', 'shared/ports.ts', 'shared/log.ts', 'shared/config.ts'],
  'shared/embedded': [
    'shared/domain',
    'shared/ports.ts',
    'shared/relay-protocol.ts',
    'shared/service-table.ts',
    'shared/log.ts',
  ],
  'shared/aws': [
    'shared/domain',
    'shared/ports.ts',
    'shared/relay-protocol.ts',
    'shared/service-table.ts',
    'shared/log.ts',
    'shared/config.ts',
  ],
  functions: ['shared/http', 'shared/queue-handler.ts', 'shared/usecases', 'shared/render', '#app', 'shared/config.ts'],
  relay: ['shared/relay-protocol.ts', 'shared/domain', 'shared/log.ts', 'shared/version.ts'],
  server: ['shared/*', 'functions'],
  infra: [
    'shared/domain',
    'shared/service-table.ts',
    'shared/contracts',
    'shared/config.ts',
    'shared/aws',
    'shared/relay-protocol.ts',
  ],
  cli: [
    'shared/client.ts',
    'shared/usecases',
    'shared/domain',
    'shared/aws',
    'shared/ports.ts',
    'shared/config.ts',
    'shared/version.ts',
  ],
  console: ['shared/client.ts'],
  'shared/client.ts': ['shared/domain'],
};

interface Import {
  from: string;
  to: string;
  isTypeOnly: boolean;
}

const sources = Object.keys(arrows).flatMap(filesIn);

describe('the arrows between rooms', () => {
  it.each(sources)('%s imports only what its room may', file => {
    const room = roomOf(file) as string;
    const allowed = arrows[room] as string[];

    const strays = importsOf(file).filter(({ to }) => {
      const target = to.startsWith('#') ? to : roomOf(to);
      return target !== room && !allowed.some(name => matches(name, target ?? to));
    });

    expect(strays.map(({ to }) => to)).toEqual([]);
  });

  it.each(sources.filter(file => file.startsWith('shared/contracts/')))(
    '%s knows use cases by their types only',
    file => {
      const values = importsOf(file).filter(({ to, isTypeOnly }) => to.startsWith('shared/usecases/') && !isTypeOnly);

      expect(values).toEqual([]);
    },
  );

  it.each(sources.filter(file => /^shared\/contracts\/\w+\//.test(file)))('%s knows no other contract', file => {
    const own = file.split('/').slice(0, 3).join('/');
    const others = importsOf(file).filter(
      ({ to }) => /^shared\/contracts\/\w+\//.test(to) && !to.startsWith(`${own}/`),
    );

    expect(others).toEqual([]);
  });

  it.each(sources.filter(file => /^shared\/(domain|usecases|contracts)\//.test(file)))(
    '%s asks neither the clock nor the environment nor any SDK',
    file => {
      const text = readFileSync(join(root, file), 'utf8');

      expect(text).not.toMatch(/Date\.now\(|new Date\(\)|process\.env|Math\.random|randomUUID|randomBytes/);
      expect(text).not.toMatch(/from '(@aws-sdk|@middy|node:http|node:sqlite|node:fs)/);
    },
  );

  it('reads the environment in config.ts only', () => {
    const readers = sources.filter(file => /process\.env/.test(readFileSync(join(root, file), 'utf8')));

    expect(readers.filter(file => !environmentReaders.includes(file))).toEqual([]);
  });
});

/** Beside config.ts: the browser's libraries are told by the environment where they run. */
const environmentReaders = ['shared/config.ts', 'shared/render/chromium.ts', 'shared/render/browser-process.ts'];

function matches(name: string, target: string): boolean {
  return name.endsWith('*') ? target.startsWith(name.slice(0, -1)) : name === target;
}

function roomOf(path: string): string | undefined {
  return Object.keys(arrows).find(room => path === room || path.startsWith(`${room}/`));
}

function filesIn(room: string): string[] {
  const path = join(root, room);
  try {
    if (room.endsWith('.ts')) return readFileSync(path) && [room];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
    return names.filter(name => name.endsWith('.ts')).map(name => `${room}/${name}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const lazy = text.matchAll(/\bimport\(\s*'([^']+)'/g);
  const named = [...found].map(([, type, to]) => ({ to: to as string, isTypeOnly: type !== undefined }));
  const all = [...named, ...[...lazy].map(([, to]) => ({ to: to as string, isTypeOnly: false }))];
  return all
    .filter(({ to }) => to.startsWith('.') || to.startsWith('#'))
    .map(({ to, isTypeOnly }) => ({ from: file, to: to.startsWith('#') ? to : pathOf(file, to), isTypeOnly }))
    .filter(({ to }) => !to.endsWith('.json'));
}

const pathOf = (file: string, to: string) => relative(root, resolve(root, dirname(file), to));
