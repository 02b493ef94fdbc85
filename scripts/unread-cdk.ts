import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/*
 * aws-cdk-lib has constructs of more than 300 AWS services; `infra/` and cdk-nag use about a quarter of them. A module of a
 * service is read only if a file that is read names it, so the modules that are read can be followed from their users.
 */

const library = 'aws-cdk-lib';
/** Folders whose modules are all reached by name. Others also hold files that are found by path, such as the code of functions. */
const ofServices = /^(aws-|alexa-|interfaces)/;
const named = /(?:require\(|from\s*|import\(|import\s+)\s*["']([^"']+)["']/g;

/** Program or type declarations: each has its own imports. */
interface Kind {
  ending: string;
  users: string[];
  suffixes: string[];
}
const kinds: Kind[] = [
  { ending: '.js', users: ['.ts', '.js'], suffixes: ['.js', '/index.js', ''] },
  { ending: '.d.ts', users: ['.ts'], suffixes: ['.d.ts', '/index.d.ts'] },
];

/** The files of services that no file in the folders of users needs, by path below `modules`. */
export function unreadCdkFiles(modules: string, users: string[]): string[] {
  return kinds.flatMap(kind => {
    const sources = users.flatMap(folder => kind.users.flatMap(ending => filesBelow(folder, ending)));
    const read = readFiles(modules, sources, kind);
    return filesBelow(join(modules, library), kind.ending)
      .map(path => path.slice(modules.length + 1))
      .filter(path => ofServices.test(path.slice(library.length + 1)) && !read.has(join(modules, path)));
  });
}

function readFiles(modules: string, users: string[], kind: Kind): Set<string> {
  const read = new Set<string>();
  const waiting = [...users];
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    for (const name of namesIn(file, modules)) {
      const found = resolveModule(name, file, modules, kind);
      if (!found || read.has(found)) continue;
      read.add(found);
      waiting.push(found);
    }
  }
  return read;
}

/** The index of the library names all services, and loads each only if it is used under its name there. */
function namesIn(file: string, modules: string): string[] {
  const names = [...readFileSync(file, 'utf8').matchAll(named)].map(([, name]) => name as string);
  const isIndex = dirname(file) === join(modules, library);
  return isIndex ? names.filter(name => !ofServices.test(name.replace('./', ''))) : names;
}

function resolveModule(name: string, from: string, modules: string, kind: Kind): string | undefined {
  const isOwn = name === library || name.startsWith(`${library}/`);
  if (!isOwn && !(name.startsWith('.') && from.startsWith(join(modules, library)))) return undefined;
  const path = isOwn ? join(modules, name) : resolve(dirname(from), name);
  return kind.suffixes
    .map(suffix => `${path.replace(/\.js$/, '')}${suffix}`)
    .find(each => statSync(each, { throwIfNoEntry: false })?.isFile());
}

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith(ending))
    .map(entry => join(entry.parentPath, entry.name));
}
