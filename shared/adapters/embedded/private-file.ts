import { open, rename } from 'node:fs/promises';

/** Writes JSON that only its owner may read, whole or not at all, also when the machine stops in between. */
export async function writePrivateFile(path: string, content: object): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
