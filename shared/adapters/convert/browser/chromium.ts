import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installFonts } from '../fonts/fonts.ts';

/**
 * The browser that npm brings (@sparticuz/chromium), unpacked once per machine and version. Its own unpacking writes
 * to well-known names in /tmp, where two processes tread on each other and anybody could have put a program before
 * us; and it sets variables in the process that imports it. So a child process unpacks into a folder of ours that
 * takes its final name when it is complete.
 */
export interface Chromium {
  executable: string;
  /** for the browser's process: libraries, fonts */
  environment: Record<string, string>;
}

/** With these two it takes its libraries along, as a bare Debian needs as much as Lambda does. */
const unpackEnvironment = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
const unpackTimeoutMs = 120_000;

let unpacked: Promise<Chromium> | undefined;

export function unpackChromium(): Promise<Chromium> {
  unpacked ??= unpack().catch(error => {
    unpacked = undefined;
    throw error;
  });
  return unpacked;
}

async function unpack(): Promise<Chromium> {
  const { entry, version } = await chromiumPackage();
  const home = join(tmpdir(), `platen-chromium-${version}-${process.getuid?.() ?? 0}`);
  if (!(await isOurs(home))) await unpackInto(home, entry);
  const fonts = await installFonts(home, [join(home, 'fonts')]);
  const libraries = join(home, 'al2023', 'lib');
  return {
    executable: join(home, 'chromium'),
    environment: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: fonts },
  };
}

async function chromiumPackage(): Promise<{ entry: string; version: string }> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  // Its package.json is not exported, so it is looked for upwards.
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const names = await readdir(folder);
    if (names.includes('package.json') && names.includes('bin')) {
      const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      return { entry, version };
    }
  }
  throw new Error('@sparticuz/chromium has no package.json above its entry.');
}

/** A folder of this name that another user made is not used: it could hold any program. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) return false;
  const mine = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
  if (!mine) throw new Error(`${folder} belongs to another user or can be written by others.`);
  return true;
}

async function unpackInto(home: string, entry: string): Promise<void> {
  const staging = await mkdtemp(`${home}.`);
  const program = `const {default: chromium} = await import(process.argv[1]); await chromium.executablePath();`;
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, `file://${entry}`], {
      env: { PATH: process.env.PATH, TMPDIR: staging, ...unpackEnvironment },
      timeout: unpackTimeoutMs,
    });
    await rename(staging, home).catch(async error => {
      // Another process was faster: its copy is as good.
      if (!(await isOurs(home))) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
