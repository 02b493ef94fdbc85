import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/*
 * The console as static files. The one-machine server makes them in memory at the first request, in a tenth of a
 * second; `npm run build` writes them to dist/console for AWS.
 */

const folder = resolve(import.meta.dirname, '..');

export interface ConsoleFile {
  /** relative to `consolePath` */
  name: string;
  type: string;
  octets: Uint8Array;
  /** its name changes with its content, so that browsers may keep it for a year */
  isImmutable: boolean;
}

/** `config.json` is `{}`: the API has the origin of the page. Other installations replace that file. */
export async function bundleConsole(): Promise<ConsoleFile[]> {
  const { build, stop } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { app: join(folder, 'main.tsx'), style: join(folder, 'style.css') },
    outdir: folder,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  }).finally(stop);
  const assets = outputFiles.map(({ path, contents }) => assetOf(path.slice(folder.length + 1), contents));
  const named = (suffix: string) => assets.find(({ name }) => name.endsWith(suffix))?.name ?? '';
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const filled = page.replace('APP', named('.js')).replace('STYLE', named('.css'));
  return [
    ...assets,
    { name: 'index.html', type: 'text/html; charset=utf-8', octets: Buffer.from(filled), isImmutable: false },
    { name: 'config.json', type: 'application/json', octets: Buffer.from('{}\n'), isImmutable: false },
  ];
}

function assetOf(name: string, octets: Uint8Array): ConsoleFile {
  const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  return { name, type, octets, isImmutable: true };
}
