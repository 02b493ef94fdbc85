import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Import {
  /** path from the project's root, or a subpath import such as `#app` */
  to: string;
  isTypeOnly: boolean;
}

/** A TypeScript file by its path from the project's root. */
export interface Source {
  path: string;
  text: string;
  imports: Import[];
}

/** Every TypeScript file below a folder of the project. */
export function sourcesBelow(root: string, folder: string): Source[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter(name => /\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map(name => sourceOf(`${folder}/${name}`, readFileSync(join(root, folder, name), 'utf8')));
}

export function sourceOf(path: string, text: string): Source {
  const named = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm);
  const lazy = text.matchAll(/\bimport\(\s*'([^']+)'/g);
  const all = [
    ...[...named].map(([, type, to]) => ({ to: to as string, isTypeOnly: type !== undefined })),
    ...[...lazy].map(([, to]) => ({ to: to as string, isTypeOnly: false })),
  ];
  const own = all.filter(({ to }) => (to.startsWith('.') || to.startsWith('#')) && !to.endsWith('.json'));
  return { path, text, imports: own.map(found => ({ ...found, to: resolved(path, found.to) })) };
}

const resolved = (from: string, to: string) =>
  to.startsWith('#') ? to : posix.normalize(posix.join(posix.dirname(from), to));
