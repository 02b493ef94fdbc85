import { readFile } from 'node:fs/promises';
import type { MakingAnswer, MakingRequest } from './making.ts';
import { pagesOf, selectPages } from './pages.ts';
import { rasterize } from './rasterize.ts';

/** A process for one document: receives a request, answers it and ends. */
process.once('message', async (request: MakingRequest) => {
  const answer = await work(request).catch(error => ({ message: messageOf(error) }));
  process.send?.(answer, () => process.exit(0));
});

async function work({ making, from, to }: MakingRequest): Promise<MakingAnswer> {
  const pdf = await readFile(from);
  if (making.raster) return { made: await rasterize(pdf, count => pagesOf(making, count), making.raster, to) };
  await selectPages(pdf, making, to);
  return { made: [to] };
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const isLocked = /password|encrypt/i.test(text);
  return isLocked ? 'the PDF is protected by a password' : `the PDF cannot be prepared for the printer: ${text}`;
}
