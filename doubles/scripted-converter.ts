import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type Conversion, type OctetSource, sourcesOf } from '../shared/core/domain/conversion.ts';
import { PrintError, type PrintErrorCode, printErrorCodes } from '../shared/core/domain/errors.ts';
import type { ConversionContext, Converted, Converter } from '../shared/core/ports/index.ts';

/**
 * A converter that returns a line describing the request instead of rendering it. Addresses `https://fails.test/<code>`
 * fail with that code; markup with `warns of WORD` has that warning.
 */
export const scriptedConverter: Converter = {
  async convert(conversion, context) {
    context.onStep('starting');
    for (const source of sourcesOf(conversion)) failOf(source.kind === 'url' ? source.url : '');
    if (conversion.kind === 'page' && conversion.content.kind === 'url') failOf(conversion.content.url);
    return await make(conversion, context);
  },
};

function failOf(address: string): void {
  const code = /^https:\/\/fails\.test\/([a-z-]+)$/.exec(address)?.[1] as PrintErrorCode | undefined;
  if (code && printErrorCodes.includes(code)) throw new PrintError(code, `It failed of ${code}.`);
}

function warningsOf(conversion: Conversion): string[] {
  const markup = conversion.kind === 'page' && conversion.content.kind !== 'url' ? conversion.content.html : '';
  return [...markup.matchAll(/warns of (\w+)/g)].map(([, word]) => word as string);
}

async function make(conversion: Conversion, context: ConversionContext): Promise<Converted> {
  const sources = await Promise.all(sourcesOf(conversion).map(source => octetsOf(source, context)));
  const warnings = warningsOf(conversion);
  switch (conversion.kind) {
    case 'page':
    case 'pdf':
    case 'images':
    case 'merge':
      return { bytes: Buffer.from(`%PDF-1.7 ${describe(conversion)} <${sources.join()}>`), pageCount: 2, warnings };
    case 'fetch':
      return { bytes: Buffer.from(sources.join()), warnings };
    case 'hash':
      return { bytes: Buffer.from(createHash('md5').update(sources.join()).digest('hex')), warnings };
    case 'text':
      return { bytes: Buffer.from(`text of ${describe(conversion)}`), pageCount: 1, warnings };
    case 'barcode':
      return { bytes: Buffer.from(`\x89PNG\r\n\x1a\n${describe(conversion)}`, 'latin1'), pageCount: 1, warnings };
    case 'info':
      return { bytes: Buffer.from(JSON.stringify(facts)), pageCount: 3, warnings };
    case 'split':
      return { bytes: [fileOf('_page1-2.pdf'), fileOf('_page3.pdf')], pageCount: 3, warnings };
    case 'pictures':
      return { bytes: [fileOf('_page1.png', '\x89PNG\r\n\x1a\n')], pageCount: 1, warnings };
  }
}

const describe = ({ kind, ...rest }: Conversion) => `${kind} ${JSON.stringify(rest)}`;
const fileOf = (suffix: string, magic = '%PDF-') => ({ suffix, bytes: Buffer.from(magic + suffix, 'latin1') });

async function octetsOf(source: OctetSource, context: ConversionContext): Promise<string> {
  if (source.kind === 'url') return `octets of ${source.url}`;
  const stored = await context.read(source);
  if (!stored) throw new PrintError('document-access-error', 'The document is no longer stored.');
  return await text(stored);
}

const facts = {
  pageCount: 3,
  title: 'Invoice',
  author: 'Acme',
  subject: '',
  keywords: '',
  creator: 'Acme Writer',
  producer: 'Acme PDF',
  creationDate: '2025-08-11T17:09:13.000Z',
  pageSize: { width: 612, height: 792 },
  hasBookmarks: false,
  encryption: { version: 5, permissionBits: -1852 },
};
