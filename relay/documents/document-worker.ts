import { readFile } from 'node:fs/promises';
import type { MakingAnswer, MakingRequest } from './making.ts';
import { pagesOf, selectPages } from './pages.ts';
import { rasterize, warmUp } from './rasterize.ts';

/** A process for one document: receives a request and answers it. Started in advance, it gets ready meanwhile. */
const ready = process.argv[2] === 'warm' ? warmUp() : undefined;
process.once('message', async (request: MakingRequest) => {
  await ready;
  process.send?.(await work(request).catch(error => ({ message: messageOf(error) })));
});
process.once('disconnect', () => process.exit(0));

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
