import type { OctetSource, PdfConversion } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { mediaSize } from '../../core/domain/media.ts';
import type { ConversionSubmission } from '../../core/usecases/documents/submit-conversion.ts';
import { decodeBase64 } from '../base64.ts';
import type { HttpRequest } from '../contract.ts';
import { templateOf } from './device-settings.ts';
import { booleanOptions, orientations, pageScalings, printQualities } from './enums.ts';
import { jobName } from './file-names.ts';
import { parsePageRange } from './page-ranges.ts';
import { common, cookiesOf, titles, webAddress } from './requests.ts';
import { bodyMembers, enumIn, type Members, objectIn, textIn } from './values.ts';

/** Requests to print a PDF. */

/** PrintPdfDescription */
export function pdfSubmission({ body, headers }: HttpRequest): ConversionSubmission {
  const members = bodyMembers(body, headers['content-type']);
  const settings = objectIn(members, 'settings');
  const { document, inline } = pdfSource(members);
  const device = templateOf(objectIn(members, 'device'));
  const scaling = scalingOf(settings);
  const template = { ...device, ...askedOfPrinter(settings) };
  const url = document.kind === 'url' ? document.url : undefined;
  const request = common(members, template, jobName(...titles(members, settings), url));
  const conversion: PdfConversion = {
    kind: 'pdf',
    document,
    pageRanges: parsePageRange(textIn(settings, 'pageRange')),
    // a printer knows its own paper and margins; a file has only the requested ones
    ...(request.output ? onPaper(settings, device.media, scaling) : {}),
  };
  return { ...request, conversion, inline };
}

type Scaling = NonNullable<PdfConversion['scaling']>;

function scalingOf(settings: Members): Scaling {
  const scaling = enumIn(settings, 'pageScaling', pageScalings);
  if (scaling === pageScalings.none) return 'none';
  return scaling === pageScalings.fittopaper ? 'fit' : 'shrink';
}

/** `auto-fit` scales only what is larger than the paper [PWG 5100.13 5.2.20]. */
const ippScaling: Record<Scaling, JobTemplate['print-scaling']> = { none: 'none', fit: 'fit', shrink: 'auto-fit' };

/** Without a value the printer's default applies, which also shrinks pages that are larger than the paper. */
function askedOfPrinter(settings: Members): JobTemplate {
  const scaling = enumIn(settings, 'pageScaling', pageScalings) ?? pageScalings.undefined;
  const orientation = enumIn(settings, 'orientation', orientations);
  const quality = enumIn(settings, 'printQuality', printQualities);
  return {
    ...(scaling !== pageScalings.undefined && { 'print-scaling': ippScaling[scalingOf(settings)] }),
    ...(orientation === orientations.portrait && { 'orientation-requested': 3 as const }),
    ...(orientation === orientations.landscape && { 'orientation-requested': 4 as const }),
    ...(quality !== undefined && quality !== printQualities.normal && { 'print-quality': 5 as const }),
  };
}

const orientationNames: Record<number, PdfConversion['orientation']> = {
  [orientations.landscape]: 'landscape',
  [orientations.portrait]: 'portrait',
};

function onPaper(settings: Members, media: string | undefined, scaling: Scaling): Partial<PdfConversion> {
  const orientation = enumIn(settings, 'orientation', orientations);
  const rotate = enumIn(settings, 'autoRotateCenter', booleanOptions);
  const isOnByDefault = scaling !== 'none';
  return {
    paper: mediaSize(media ?? ''),
    orientation: orientationNames[orientation ?? orientations.default],
    scaling,
    rotateAndCentre: rotate ? rotate === booleanOptions.true : isOnByDefault,
  };
}

/** A URL, or the octets themselves as a data URI [RFC 2397]. */
function pdfSource(members: Members): { document: OctetSource; inline?: Uint8Array } {
  const text = textIn(members, 'document');
  if (text === undefined) throw new PrintError('bad-request', 'document is missing.');
  if (text.trim() === '') throw new PrintError('bad-value', 'The document is empty.');
  const [head] = /^\s*data:[^,]{0,200},/i.exec(text) ?? [];
  if (head === undefined) return { document: { kind: 'url', url: webAddress(text), cookies: cookiesOf(members) } };
  if (!/;\s*base64\s*,$/i.test(head)) throw new PrintError('bad-value', 'A document in a data URI must be in base64.');
  // a slice shares the body's text, so memory has the document once as text and once as octets
  const inline = decodeBase64(withoutEscapes(text.slice(head.length)), 'The document');
  return { document: { kind: 'inline' }, inline };
}

const withoutEscapes = (data: string) =>
  data.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
