import type { BarcodeConversion } from '../../../core/domain/conversion.ts';
import type { Converted } from '../../../core/ports/index.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';

/** A barcode as a PNG, or as a PDF of one page that is as large as the barcode. */
export async function convertBarcode(
  { symbology, text, as }: BarcodeConversion,
  { deadlineMs, onStep }: ConversionRun,
  { withPdfWorker }: ConversionTools,
): Promise<Converted> {
  onStep('rendering');
  return await withPdfWorker(async worker => {
    const png = await worker.run('barcode', [symbology, text], deadlineMs);
    const bytes = as === 'png' ? png : await worker.run('imagesToPdf', [[png]], deadlineMs);
    return { bytes, pageCount: 1, warnings: [] };
  });
}
