import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type FunctionName, functions } from '../shared/protocol/service-table.ts';
import { copyFiles, copyPackage } from './copy-package.ts';
import { fontPackageFiles } from './font-files.ts';

/*
 * `npm run build`: a folder for each function, dist/functions/<name>, that Lambda runs as it is. `index.mjs` is what
 * every call needs; the clients of services that only some calls need are files beside it, loaded by the first of them.
 */

const root = resolve(import.meta.dirname, '..');
export const functionsFolder = join(root, 'dist/functions');

/** What cannot be put into one file: native code, WebAssembly, a browser. It goes beside the bundle as packages. */
interface Outside {
  packages: string[];
  /** single files of packages that are mostly not needed */
  files: string[];
  /** what runs in a thread of its own is a bundle of its own, under its own name */
  threads: string[];
}

const outside: Partial<Record<FunctionName, Outside>> = {
  prepare: {
    packages: ['@sparticuz/chromium', 'sharp', '@hyzyla/pdfium'],
    files: fontPackageFiles,
    threads: [join(root, 'shared/adapters/convert/pdf/pdf-thread.ts')],
  },
};

/** Packages of the SDK of which nothing ever runs here, and what stands in their places. */
const neverRun: Record<string, string> = {
  // functions have their credentials in their environment and give them to clients; the SDK's own search through files,
  // processes and other services would be a third of each bundle
  '@aws-sdk/credential-provider-node':
    'export const defaultProvider = () => { throw new Error("Clients are given their credentials."); };',
  // for commands that ask for another endpoint first; DynamoDB's client has one ready, and no command of it asks
  '@aws-sdk/endpoint-cache': 'export class EndpointCache {}',
};

const withoutWhatNeverRuns: Plugin = {
  name: 'without-what-never-runs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@aws-sdk\// }, ({ path }) =>
      Object.hasOwn(neverRun, path) ? { path, namespace: 'never-run' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'never-run' }, ({ path }) => ({ contents: neverRun[path] as string }));
  },
};

/** What code asks of a package's description is its version; the rest of it would come along. */
const withVersionsAlone: Plugin = {
  name: 'with-versions-alone',
  setup({ onLoad }) {
    onLoad({ filter: /\/package\.json$/ }, async ({ path }) => {
      const { name, version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ name, version }), loader: 'json' };
    });
  },
};

/**
 * A client of the SDK describes the shapes of its service by arrays. Those of shapes that travel in headers have computed
 * keys, `[_h]: ...`, and esbuild, to which computing a key may have effects, would keep them all, for every command that
 * the service has. With the keys written out it keeps those of the commands that are used.
 */
const withPlainShapes: Plugin = {
  name: 'with-plain-shapes',
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/\w+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const words = new Map(
        Array.from(text.matchAll(/^const (_\w+) = ("[^"]*");$/gm), ([, name, word]) => [name, word]),
      );
      return {
        contents: text.replace(/\[(_\w+)\]: /g, (key, name) => (words.has(name) ? `${words.get(name)}: ` : key)),
      };
    });
  },
};

/** Bundles one function into a folder. Answers nothing: what stands there is the result. */
export async function buildFunction(
  entry: string,
  folder: string,
  external: string[] = [],
  threads: string[] = [],
): Promise<void> {
  await build({
    entryPoints: { index: entry, ...Object.fromEntries(threads.map(thread => [basename(thread, '.ts'), thread])) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['aws', 'module', 'import'],
    mainFields: ['module', 'main'],
    minify: true,
    // names of classes and functions are in logs and in errors that adapters look at
    keepNames: false,
    legalComments: 'none',
    logLevel: 'warning',
    external,
    plugins: [withoutWhatNeverRuns, withVersionsAlone, withPlainShapes],
    // for the few packages that are CommonJS still
    banner: {
      js: "import{createRequire as platenRequire}from'node:module';const require=platenRequire(import.meta.url);",
    },
  });
}

/**
 * Octets of the code that stands in a function's folder: of what every call loads, of that with the files beside it that
 * are named, and of all.
 */
export async function sizeOf(
  folder: string,
  named: readonly string[] = [],
): Promise<{ first: number; withNamed: number; all: number }> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.mjs'));
  const sizes = new Map(
    await Promise.all(names.map(async name => [name, (await stat(join(folder, name))).size] as const)),
  );
  const loaded = await loadedBy('index.mjs', folder);
  const sum = (which: Iterable<string>) => [...which].reduce((octets, name) => octets + (sizes.get(name) ?? 0), 0);
  const first = sum(loaded);
  for (const name of names.filter(name => named.some(each => name.startsWith(`${each}-`)))) {
    await loadedBy(name, folder, loaded);
  }
  return { first, withNamed: sum(loaded), all: sum(names) };
}

/** A file and those that it imports from the start. */
async function loadedBy(name: string, folder: string, known = new Set<string>()): Promise<Set<string>> {
  if (known.has(name)) return known;
  known.add(name);
  const text = await readFile(join(folder, name), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, file]) => file as string);
  for (const file of imports) await loadedBy(file, folder, known);
  return known;
}

async function buildAll(): Promise<void> {
  await rm(functionsFolder, { recursive: true, force: true });
  await mkdir(functionsFolder, { recursive: true });
  for (const name of Object.keys(functions) as FunctionName[]) {
    const folder = join(functionsFolder, name);
    const { packages, files, threads } = outside[name] ?? { packages: [], files: [], threads: [] };
    await buildFunction(join(root, 'functions', `${name}.ts`), folder, packages, threads);
    for (const needed of packages) await copyPackage(needed, root, folder);
    await copyFiles(files, root, folder);
    const { first, all } = await sizeOf(folder);
    const kilobytes = (octets: number) => `${(octets / 1000).toFixed(0)} kB`.padStart(8);
    process.stdout.write(`${name.padEnd(14)} ${kilobytes(first)} at once ${kilobytes(all)} in all\n`);
  }
}

if (import.meta.main) await buildAll();
