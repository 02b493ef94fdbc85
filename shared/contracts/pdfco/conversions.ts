import type { Conversion } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { symbologyOf } from './barcode-types.ts';
import { nameInAddress, pdfNamed, stemOf } from './file-names.ts';
import { fromHtml, fromUrl } from './page-conversions.ts';
import { parsePages } from './page-lists.ts';
import type { Parameters } from './parameters.ts';
import { profilesOf } from './profiles.ts';
import { allSourcesOf, readingOf, sourceOf, type Wanted } from './requests.ts';

/** The calls that make documents, by path: each translates its parameters to a conversion. */
export const conversions: Record<string, (parameters: Parameters) => Wanted> = {
  '/v1/pdf/convert/from/html': fromHtml,
  '/v1/pdf/convert/from/url': fromUrl,
  '/v1/pdf/convert/from/image': fromImage,
  '/v1/pdf/merge': parameters => merge(parameters, 'pdf'),
  '/v1/pdf/merge2': parameters => merge(parameters, 'any'),
  '/v1/pdf/split': split,
  '/v1/pdf/split2': splitByText,
  '/v1/pdf/info': info,
  '/v1/pdf/convert/to/text': toText,
  '/v1/pdf/convert/to/text-simple': toText,
  '/v1/pdf/convert/to/png': parameters => toPictures(parameters, 'png'),
  '/v1/pdf/convert/to/jpg': parameters => toPictures(parameters, 'jpeg'),
  '/v1/barcode/generate': generateBarcode,
  '/v1/file/upload/url': uploadFromUrl,
  '/v1/file/hash': hash,
};

const named = (url: string) => stemOf(nameInAddress(url)) || 'document';

function fromImage(parameters: Parameters): Wanted {
  const documents = allSourcesOf(parameters);
  const name = named(documents[0]?.url ?? '');
  return { conversion: { kind: 'images', documents }, ...pdfNamed(name) };
}

function merge(parameters: Parameters, takes: 'pdf' | 'any'): Wanted {
  const documents = allSourcesOf(parameters);
  return { conversion: { kind: 'merge', documents, takes, ...readingOf(parameters) }, ...pdfNamed('result') };
}

function split(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  const pages = parameters.text('pages')?.trim();
  const groups = pages === '*' ? [] : parsePages(pages, 1);
  const by = groups.length === 0 ? ({ kind: 'each' } as const) : ({ kind: 'groups', groups } as const);
  return {
    conversion: { kind: 'split', document, by, ...readingOf(parameters) },
    printed: pdfOf(parameters, groups),
    isList: true,
    ...pdfNamed(named(document.url)),
  };
}

function splitByText(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  const by = {
    kind: 'text' as const,
    text: parameters.requiredText('searchString'),
    isPattern: parameters.flag('regexSearch'),
    ignoresCase: !parameters.flag('caseSensitive'),
    withoutMatch: parameters.flag('excludeKeyPages'),
  };
  return {
    conversion: { kind: 'split', document, by, ...readingOf(parameters) },
    printed: pdfOf(parameters, []),
    isList: true,
    ...pdfNamed(named(document.url)),
  };
}

/** The PDF pages themselves, for printing when the output is made from them. */
function pdfOf(parameters: Parameters, pageRanges: ReturnType<typeof parsePages>): Conversion {
  return { kind: 'pdf', document: sourceOf(parameters), password: parameters.text('password'), pageRanges };
}

function info(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  const conversion = { kind: 'info' as const, document, ...readingOf(parameters) };
  return { conversion, printed: 'nothing', name: `${named(document.url)}.json`, extension: 'json' };
}

function toText(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  const pageRanges = parsePages(parameters.text('pages'), 0);
  const conversion = { kind: 'text' as const, document, pageRanges, ...readingOf(parameters) };
  return { conversion, name: `${named(document.url)}.txt`, extension: 'txt' };
}

const [defaultDpi, leastDpi, mostDpi] = [120, 10, 600];

function toPictures(parameters: Parameters, format: 'png' | 'jpeg'): Wanted {
  const document = sourceOf(parameters);
  const pageRanges = parsePages(parameters.text('pages'), 0);
  const dpi = profilesOf(parameters).number('RenderingResolution') ?? defaultDpi;
  if (dpi < leastDpi || dpi > mostDpi) {
    throw new PrintError('bad-options', `RenderingResolution must be from ${leastDpi} to ${mostDpi}.`);
  }
  const extension = format === 'png' ? 'png' : 'jpg';
  return {
    conversion: { kind: 'pictures', document, format, dpi, pageRanges, ...readingOf(parameters) },
    printed: pdfOf(parameters, pageRanges),
    isList: true,
    name: `${named(document.url)}.${extension}`,
    extension,
  };
}

function generateBarcode(parameters: Parameters): Wanted {
  const text = parameters.requiredText('value');
  const symbology = symbologyOf(parameters.text('type') ?? 'QRCode');
  const barcode = { kind: 'barcode' as const, symbology, text };
  return {
    conversion: { ...barcode, as: 'png' },
    printed: { ...barcode, as: 'pdf' },
    name: 'barcode.png',
    extension: 'png',
  };
}

function uploadFromUrl(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  const name = nameInAddress(document.url) || 'file';
  return { conversion: { kind: 'fetch', document }, name, extension: '', isFree: true };
}

function hash(parameters: Parameters): Wanted {
  const document = sourceOf(parameters);
  return {
    conversion: { kind: 'hash', document },
    printed: 'nothing',
    name: 'hash.txt',
    extension: 'txt',
    isFree: true,
  };
}
