import type { MergeConversion } from '../../../core/domain/conversion.ts';
import { sniffFormat } from '../../../core/domain/document.ts';
import type { Converted } from '../../../core/ports/index.ts';
import { RenderError } from '../../web/render-error.ts';
import type { ConversionRun, ConversionTools } from '../conversion-run.ts';
import { escapeHtml } from '../page/header-footer.ts';
import { checkPermission } from '../pdf/pdf-permissions.ts';
import { fetchAll } from './convert-images.ts';
import { convertPage } from './convert-page.ts';
import { checkIsPdf } from './fetch-document.ts';
import { hasByteOrderMark, isMarkup, textOfOctets } from './text-of-octets.ts';

/** Merges documents to one PDF, in their order. */
export async function convertMerge(
  { documents, takes, password, checksPermissions }: MergeConversion,
  run: ConversionRun,
  tools: ConversionTools,
): Promise<Converted> {
  const fetched = await fetchAll(documents, run);
  run.onStep('rendering-pdf');
  const { deadlineMs } = run;
  if (takes === 'pdf') fetched.forEach(checkIsPdf);
  const parts: Part[] = [];
  for (const bytes of fetched) parts.push(...(takes === 'pdf' ? [asItIs(bytes)] : await toPdfs(bytes, run, tools)));
  const pdfs = parts.map(({ pdf }) => pdf);
  if (pdfs.length === 0) throw new RenderError('bad-pdf', 'The archives contain no documents to merge.');
  return await tools.withPdfWorker(async worker => {
    for (const pdf of pdfs) {
      await worker.run('countPages', [pdf, password], deadlineMs);
      if (checksPermissions) await checkPermission(worker, pdf, password, 'assemble', deadlineMs);
    }
    const bytes = await worker.run('mergePdfs', [pdfs, password], deadlineMs);
    const warnings = [...new Set(parts.flatMap(part => part.warnings))];
    return { bytes, pageCount: await worker.run('countPages', [bytes], deadlineMs), warnings };
  });
}

interface Part {
  pdf: Uint8Array;
  warnings: string[];
}

const asItIs = (pdf: Uint8Array): Part => ({ pdf, warnings: [] });

/** Nested archives are refused. */
const deepestArchive = 1;

async function toPdfs(bytes: Uint8Array, run: ConversionRun, tools: ConversionTools, depth = 0): Promise<Part[]> {
  const { deadlineMs } = run;
  const format = sniffFormat(bytes);
  if (format === 'application/pdf') return [asItIs(bytes)];
  if (format.startsWith('image/')) {
    return [asItIs(await tools.withPdfWorker(worker => worker.run('imagesToPdf', [[bytes]], deadlineMs)))];
  }
  if (isArchive(bytes) && depth < deepestArchive) {
    const files = await tools.withPdfWorker(worker => worker.run('unzip', [bytes], deadlineMs));
    if (files.some(({ name }) => name === '[Content_Types].xml')) throw unsupported('Office documents');
    const parts: Part[] = [];
    for (const file of files) parts.push(...(await toPdfs(file.bytes, run, tools, depth + 1)));
    return parts;
  }
  if (format === 'text/plain' || hasByteOrderMark(bytes)) return [await textToPdf(textOfOctets(bytes), run, tools)];
  throw unsupported('Documents of this kind');
}

const isArchive = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PK\x03\x04';

const unsupported = (what: string) =>
  new RenderError(
    'unsupported-format',
    `${what} cannot be merged: send PDF, images, text, HTML or ZIP archives of them.`,
  );

async function textToPdf(text: string, run: ConversionRun, tools: ConversionTools): Promise<Part> {
  const isPage = isMarkup(text);
  const html = isPage ? text : `<pre style="white-space:pre-wrap;font:10pt monospace">${escapeHtml(text)}</pre>`;
  const margins = { top: 15, right: 15, bottom: 15, left: 15 };
  const { bytes, warnings } = await convertPage(
    {
      kind: 'page',
      content: { kind: 'html', html },
      ownPageSize: isPage,
      margins: isPage ? undefined : margins,
      backgrounds: true,
      media: 'print',
      fullLoad: true,
      scripts: isPage,
    },
    run,
    tools,
  );
  return { pdf: bytes as Uint8Array, warnings };
}
