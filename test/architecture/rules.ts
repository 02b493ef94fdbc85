import { arrows, entrances, everything } from './rooms.ts';
import type { Source } from './sources.ts';

/** Each rule answers its violations as sentences; none means that the rule holds. */
export type Rule = (sources: Source[]) => string[];

/** The deepest room that a path lies in. */
export function roomOf(path: string): string | undefined {
  const rooms = Object.keys(arrows).filter(room => path === room || path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

export const everyFileHasARoom: Rule = sources =>
  sources.filter(({ path }) => !roomOf(path)).map(({ path }) => `${path} lies in no room.`);

export const everyRoomHasFiles: Rule = sources => {
  const used = new Set(sources.map(({ path }) => roomOf(path)));
  return Object.keys(arrows).flatMap(room => (used.has(room) ? [] : [`The room ${room} has no files.`]));
};

export const arrowsHold: Rule = sources =>
  sources.flatMap(({ path, imports }) => {
    const room = roomOf(path);
    const allowed = room ? (arrows[room] as string[]) : [];
    return imports.flatMap(({ to }) => {
      const target = to.startsWith('#') ? to : (roomOf(to) ?? to);
      const isAllowed = target === room || allowed.includes(target) || allowed.includes(everything);
      return isAllowed ? [] : [`${path} imports ${to}.`];
    });
  });

export const entrancesHold: Rule = sources =>
  sources.flatMap(({ path, imports }) => {
    const home = path.split('/')[0] as string;
    return imports.flatMap(({ to }) => {
      const top = to.split('/')[0] as string;
      const guests = entrances[top];
      return !guests || top === home || guests.includes(home) ? [] : [`${path} imports ${to}.`];
    });
  });

/** Circles of imports, types included: a circle of types is a type in the wrong file. */
export const noCircles: Rule = sources => {
  const known = new Map(sources.map(source => [source.path, source]));
  const isDone = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    if (isDone.has(path) || trail.includes(path)) return;
    for (const { to } of known.get(path)?.imports ?? []) visit(to, [...trail, path]);
    isDone.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
};

export const contractsKnowUseCasesByType: Rule = sources =>
  sources
    .filter(({ path }) => path.startsWith('shared/contracts/'))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ to, isTypeOnly }) => to.startsWith('shared/core/usecases/') && !isTypeOnly)
        .map(({ to }) => `${path} imports ${to} as a value.`),
    );

export const contractsKnowNoOther: Rule = sources =>
  sources.flatMap(({ path, imports }) => {
    const own = /^shared\/contracts\/\w+\//.exec(path)?.[0];
    const strays = imports.filter(({ to }) => own && /^shared\/contracts\/\w+\//.test(to) && !to.startsWith(own));
    return strays.map(({ to }) => `${path} imports ${to}.`);
  });

/** Time, ids, the environment and services come in by parameter. */
export const coreIsPure: Rule = sources =>
  sources
    .filter(({ path }) => /^shared\/(core|contracts|ipp)\//.test(path))
    .flatMap(({ path, text }) => {
      const asked = /Date\.now\(|new Date\(\)|process\.env|Math\.random|randomUUID|randomBytes/.exec(text);
      const service = /from '(@aws-sdk|@middy|node:http|node:sqlite|node:fs)/.exec(text);
      return [asked, service].flatMap(match => (match ? [`${path} uses ${match[0]}.`] : []));
    });

/** Besides config.ts: the browser's libraries read from the environment where they run. */
const environmentReaders = [
  'shared/protocol/config.ts',
  'relay/link/web-proxy.ts',
  'shared/adapters/convert/browser/chromium.ts',
  'shared/adapters/convert/browser/browser-process.ts',
];

export const environmentIsReadInOnePlace: Rule = sources =>
  sources
    .filter(({ path }) => /^(shared|functions|server|relay|infra|cli)\//.test(path))
    .filter(({ path, text }) => /process\.env/.test(text) && !environmentReaders.includes(path))
    .map(({ path }) => `${path} reads the environment.`);

export const rules: Record<string, Rule> = {
  everyFileHasARoom,
  everyRoomHasFiles,
  arrowsHold,
  entrancesHold,
  noCircles,
  contractsKnowUseCasesByType,
  contractsKnowNoOther,
  coreIsPure,
  environmentIsReadInOnePlace,
};
