import type { ImagesConversion, OctetSource } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { fetchDocument, maxOctets } from './fetch-document.ts';

/** Converts images to one PDF. */
export async function convertImages(
  { documents, paper, orientation, margins }: ImagesConversion,
  run: ConversionRun,
  { withPdfWorker }: ConversionTools,
): Promise<Converted> {
  const images = await fetchAll(documents, run);
  run.onStep('rendering-pdf');
  return await withPdfWorker(async worker => {
    const options = { paper, orientation, margins };
    const bytes = await worker.run('imagesToPdf', [images, options], run.deadlineMs);
    const pageCount = await worker.run('countPages', [bytes], run.deadlineMs);
    return { bytes, pageCount, warnings: [] };
  });
}

/** One after the other, and all of them together within what one document may have. */
export async function fetchAll(documents: OctetSource[], run: ConversionRun): Promise<Uint8Array[]> {
  const fetched: Uint8Array[] = [];
  let left = maxOctets;
  for (const document of documents) {
    const octets = await fetchDocument(document, run, left);
    left -= octets.length;
    fetched.push(octets);
  }
  return fetched;
}
