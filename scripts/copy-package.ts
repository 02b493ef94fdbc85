import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Types, source maps and browser builds; a deployed function may have at most 250 MB [AWS Lambda, quotas]. */
const unneeded = /\.(d\.[cm]?ts|map|md)$|\.browser\.|\.base64|\/ts3\.4\/|\/src\//;

/** Copies an installed package and its installed dependencies into a folder's node_modules. */
export async function copyPackage(name: string, root: string, folder: string): Promise<void> {
  const from = join(root, 'node_modules', name);
  const to = join(folder, 'node_modules', name);
  if (!existsSync(from) || existsSync(to)) return;
  await cp(from, to, { recursive: true, filter: path => !unneeded.test(path) });
  const text = await readFile(join(from, 'package.json'), 'utf8');
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(text);
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies }))
    await copyPackage(needed, root, folder);
}

/** Copies single files to the same relative paths in a folder. */
export async function copyFiles(files: string[], root: string, folder: string): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
}
