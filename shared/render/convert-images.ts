import type { ImagesConversion, OctetSource } from '../domain/conversion.ts';
import type { Converted } from '../ports.ts';
import type { Undertaking, Workshop } from './converter.ts';
import { fetchDocument, maxOctets } from './fetch-document.ts';

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

/** One after the other, and all of them together within what one document may have. */
export async function fetchAll(documents: OctetSource[], undertaking: Undertaking): Promise<Uint8Array[]> {
  const fetched: Uint8Array[] = [];
  let left = maxOctets;
  for (const document of documents) {
    const octets = await fetchDocument(document, undertaking, left);
    left -= octets.length;
    fetched.push(octets);
  }
  return fetched;
}
