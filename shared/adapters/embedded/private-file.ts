import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes JSON that only its owner may read, whole or not at all; durable on return. */
export async function writePrivateFile(path: string, content: object): Promise<void> {
  await writePrivateText(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** Writes a file that only its owner may read, whole or not at all; durable on return. */
export async function writePrivateText(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  {
    await using file = await open(temporary, 'w', 0o600);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(temporary, path);
  // Windows cannot open folders; NTFS journals names by itself
  if (process.platform === 'win32') return;
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}
