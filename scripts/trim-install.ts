import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fontFiles } from '../shared/adapters/convert/fonts/fonts.ts';

/**
 * Runs after `npm ci` and deletes what no command of this repository reads: font files that no page can use, the C++
 * headers of the pinned Node, the trace viewer of Playwright, source maps of dependencies and, without development
 * dependencies, type declarations. Nothing depends on it: `npm ci --ignore-scripts` installs a working but larger
 * folder. See docs/decisions.
 */
const modules = join(import.meta.dirname, '../node_modules');

const fonts = new Set(fontFiles.map(file => join('@expo-google-fonts', file)));
const isRuntimeOnly = (process.env.npm_config_omit ?? '').includes('dev');
const isUnread = (file: string) =>
  file.endsWith('.map') ||
  (file.endsWith('.ttf') && dirname(file).startsWith('@expo-google-fonts') && !fonts.has(file)) ||
  /^node-linux-[a-z0-9]+\/(include|share)\//.test(file) ||
  file.startsWith(join('playwright-core', 'lib', 'vite')) ||
  (isRuntimeOnly && /\.d\.[cm]?ts$/.test(file));

const files = await readdir(modules, { recursive: true });
await Promise.all(files.filter(isUnread).map(file => rm(join(modules, file), { recursive: true, force: true })));
