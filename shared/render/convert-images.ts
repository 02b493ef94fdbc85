import type { ImagesConversion, OctetSource } from '../domain/conversion.ts';
import type { Converted } from '../ports.ts';
import type { Undertaking, Workshop } from './converter.ts';
import { fetchDocument } from './fetch-document.ts';

/** Images to one PDF. */
export async function convertImages(
  { documents, paper, orientation, margins }: ImagesConversion,
  undertaking: Undertaking,
  { withPdfWorker }: Workshop,
): Promise<Converted> {
  const images = await fetchAll(documents, undertaking);
  undertaking.onStep('rendering-pdf');
  return await withPdfWorker(async worker => {
    const options = { paper, orientation, margins };
    const bytes = await worker.run('imagesToPdf', [images, options], undertaking.deadlineMs);
    const pageCount = await worker.run('countPages', [bytes], undertaking.deadlineMs);
    return { bytes, pageCount, warnings: [] };
  });
}

/** One after the other: together they could take all memory at once. */
export async function fetchAll(documents: OctetSource[], undertaking: Undertaking): Promise<Uint8Array[]> {
  const fetched: Uint8Array[] = [];
  for (const document of documents) fetched.push(await fetchDocument(document, undertaking));
  return fetched;
}
