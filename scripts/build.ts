import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { bundleConsole } from '../console/bundle/bundle.ts';
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

/** Less than Lambda takes, so that a growing browser is noticed before a deployment fails [AWS Lambda quotas: 250 MB]. */
const unpackedOctetsAtMost = 0.9 * 250 * 1024 * 1024;

/** What cannot be bundled: native code, WebAssembly, a browser. Copied beside the bundle as packages. */
interface Outside {
  packages: string[];
  /** single files of packages that are mostly unused */
  files: string[];
  /** code of worker processes and threads, each a bundle of its own */
  threads: string[];
}

const conversionThreads = [
  join(root, 'shared/adapters/convert/worker/conversion-worker.ts'),
  join(root, 'shared/adapters/convert/pdf/pdf-thread.ts'),
];

const outside: Partial<Record<FunctionName, Outside>> = {
  render: {
    packages: ['@sparticuz/chromium', 'sharp', '@hyzyla/pdfium'],
    files: fontPackageFiles,
    threads: conversionThreads,
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
    // not needed: adapters compare `error.name`, which the SDK sets to a string
    keepNames: false,
    legalComments: 'none',
    logLevel: 'warning',
    // puppeteer-core imports it only to speak WebDriver BiDi
    external: [...external, 'chromium-bidi/*'],
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

/** Throws if Lambda would not take the folder as an archive. */
export function checkUnpackedSize(name: string, octets: number): void {
  if (octets <= unpackedOctetsAtMost) return;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
  throw new Error(
    `The function ${name} has ${megabytes(octets)} unpacked, more than ${megabytes(unpackedOctetsAtMost)}.` +
      ' Make it smaller, or deploy it as a container image: docs/deploy.md#a-function-that-has-grown-too-large.',
  );
}

/** All files of a folder, as Lambda unpacks them. */
async function unpackedOctets(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  const sizes = await Promise.all(files.map(async file => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, octets) => sum + octets, 0);
}

/** The console's files, to be uploaded for browsers. */
async function buildConsole(): Promise<void> {
  const folder = join(root, 'dist/console');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { name, octets } of await bundleConsole()) await writeFile(join(folder, name), octets);
}

async function buildAll(): Promise<void> {
  await rm(functionsFolder, { recursive: true, force: true });
  await mkdir(functionsFolder, { recursive: true });
  const names = (Object.keys(functions) as FunctionName[]).filter(name => functions[name].codeOf === undefined);
  for (const name of [...names, 'canary' as const]) {
    const folder = join(functionsFolder, name);
    const { packages, files, threads } = outside[name as FunctionName] ?? { packages: [], files: [], threads: [] };
    await buildFunction(join(root, 'functions', `${name}.ts`), folder, packages, threads);
    for (const needed of packages) await copyPackage(needed, root, folder);
    await copyFiles(files, root, folder);
    checkUnpackedSize(name, await unpackedOctets(folder));
    const { first, all } = await sizeOf(folder);
    const kilobytes = (octets: number) => `${(octets / 1000).toFixed(0)} kB`.padStart(8);
    process.stdout.write(`${name.padEnd(14)} ${kilobytes(first)} on import ${kilobytes(all)} in total\n`);
  }
}

if (import.meta.main) {
  await buildAll();
  await buildConsole();
}
