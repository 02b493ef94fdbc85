import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { copyPackage } from '../copy-package.ts';

const root = resolve(import.meta.dirname, '../..');
/** What cannot be bundled: WebAssembly. */
const outside = ['@hyzyla/pdfium'];

/**
 * Makes the folder of an installed relay: `bin` with the launcher, `lib` with the bundle and Node.
 * Fonts and browsers are not in it: documents come to a relay ready for print.
 */
export async function stageRelay(folder: string, version: string, nodeProgram: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const lib = join(folder, 'lib');
  const inputs = await bundle(lib, version);
  for (const name of outside) await copyPackage(name, root, lib);
  await writeFile(join(lib, 'version'), `${version}\n`);
  await writeFile(join(lib, 'LICENSES.txt'), await licences(inputs));
  await copyFile(join(root, 'LICENSE'), join(lib, 'LICENSE'));
  await copyFile(nodeProgram, join(lib, 'node'));
  await chmod(join(lib, 'node'), 0o755);
  await mkdir(join(folder, 'bin'));
  await cp(join(root, 'packaging/relay/platen-relay'), join(folder, 'bin/platen-relay'));
}

async function bundle(lib: string, version: string): Promise<Metafile['inputs']> {
  const { metafile } = await build({
    entryPoints: {
      main: join(root, 'relay/main.ts'),
      'document-worker': join(root, 'relay/documents/document-worker.ts'),
    },
    outdir: lib,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    external: outside,
    // for the few packages that are CommonJS still
    banner: {
      js: "import{createRequire as platenRequire}from'node:module';const require=platenRequire(import.meta.url);",
    },
    plugins: [
      {
        name: 'version',
        setup: ({ onLoad }) =>
          onLoad({ filter: /package\.json$/ }, ({ path }) =>
            path === join(root, 'package.json') ? { contents: JSON.stringify({ version }), loader: 'json' } : undefined,
          ),
      },
    ],
  });
  return metafile.inputs;
}

/** The licences of the packages in a bundle, which ask to be handed on. */
async function licences(inputs: Metafile['inputs']): Promise<string> {
  const packages = Object.keys(inputs).flatMap(path => /node_modules\/((@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = await Promise.all(
    [...new Set([...packages, ...outside])].sort().map(async name => {
      const folder = join(root, 'node_modules', name);
      const file = (await readdir(folder)).find(each => /^licen[cs]e/i.test(each));
      const { license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      const text = file ? await readFile(join(folder, file), 'utf8') : '';
      return `${name}: ${license}\n\n${text.trim()}\n`;
    }),
  );
  return texts.join(`\n${'-'.repeat(80)}\n`);
}

/** The relative paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export const packagingFolder = join(root, 'packaging/relay');
export const nodeProgramOf = (architecture: string) =>
  join(root, 'node_modules', `node-linux-${architecture}`, 'bin/node');
