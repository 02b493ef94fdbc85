import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type FunctionName, functions } from '../shared/protocol/service-table.ts';
import { copyFiles, copyPackage } from './copy-package.ts';
import { fontPackageFiles } from './font-files.ts';

/*
 * `npm run build`: creates a deployable folder for each function, dist/functions/<name>. `index.mjs` contains what
 * every invocation needs; clients of services that only some invocations need are separate files, imported on first
 * use.
 */

const root = resolve(import.meta.dirname, '..');
export const functionsFolder = join(root, 'dist/functions');

/** What cannot be bundled: native code, WebAssembly, a browser. Copied beside the bundle as packages. */
interface Outside {
  packages: string[];
  /** single files of packages that are mostly unused */
  files: string[];
  /** code of worker threads, each a bundle of its own */
  threads: string[];
}

const outside: Partial<Record<FunctionName, Outside>> = {
  prepare: {
    packages: ['@sparticuz/chromium', 'sharp', '@hyzyla/pdfium'],
    files: fontPackageFiles,
    threads: [join(root, 'shared/adapters/convert/pdf/pdf-thread.ts')],
  },
};

/** SDK packages whose code never runs here, and their stubs. */
const neverRun: Record<string, string> = {
  // functions pass the credentials of their environment to clients; the SDK's provider chain would be a third of each
  // bundle
  '@aws-sdk/credential-provider-node':
    'export const defaultProvider = () => { throw new Error("Pass credentials to the client explicitly."); };',
  // endpoint discovery is disabled in the DynamoDB client
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

/** Code reads only the version of a package.json; everything else is dropped. */
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
 * SDK clients describe shapes of their service as arrays. Shapes of headers have computed keys, `[_h]: ...`, which
 * esbuild treats as side effects and keeps for every command of the service. With literal keys, unused shapes are
 * removed.
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

/** Bundles one function into a folder. */
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
 * Sizes in octets of the code in a function's folder: loaded on every invocation, the same with the named files, and
 * all.
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

/** A file and its static imports. */
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
    process.stdout.write(`${name.padEnd(14)} ${kilobytes(first)} on import ${kilobytes(all)} in total\n`);
  }
}

if (import.meta.main) await buildAll();
