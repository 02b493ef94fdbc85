import type { PageConversion } from '../../core/domain/conversion.ts';
import { PrintError } from '../../core/domain/errors.ts';
import { parseMargins, parsePaperSize } from '../../core/domain/paper-size.ts';
import { inputAddress } from './addresses.ts';
import { nameInAddress, pdfNamed } from './file-names.ts';
import type { Parameters } from './parameters.ts';
import { profilesOf } from './profiles.ts';
import { credentialsOf, type Wanted } from './requests.ts';
import { templateDataOf } from './template-data.ts';

/** Conversions of pages to PDF. */

/** If both are sent, markup has priority over an address. */
export function fromHtml(parameters: Parameters): Wanted {
  const html = parameters.text('html');
  if (!html?.trim()) throw withoutMarkup(parameters);
  const data = parameters.raw('templateData');
  const template = data === undefined ? undefined : templateDataOf(data);
  return {
    conversion: { ...layoutOf(parameters), content: { kind: 'html', html, template } },
    ...pdfNamed('document'),
  };
}

function withoutMarkup(parameters: Parameters): PrintError {
  const template = parameters.text('templateId');
  if (template === undefined) return new PrintError('bad-content', 'The parameter "html" is missing.');
  return new PrintError(
    'bad-template',
    'Stored templates are not supported. Send the template itself as "html", with its "templateData".',
  );
}

export function fromUrl(parameters: Parameters): Wanted {
  const url = inputAddress(parameters.requiredText('url'));
  const page = { ...layoutOf(parameters), credentials: credentialsOf(parameters) };
  const name = nameInAddress(url) || URL.parse(url)?.hostname || 'document';
  return { conversion: { ...page, content: { kind: 'url', url } }, ...pdfNamed(name) };
}

function layoutOf(parameters: Parameters): Omit<PageConversion, 'content'> {
  const margins = parameters.text('margins')?.trim();
  const media = parameters.oneOf('mediaType', ['print', 'screen', 'none'], 'print');
  // portrait keeps the order of the paper size: `10cm 5cm` is a label that is wider than tall
  const orientation = parameters.oneOf('orientation', ['portrait', 'landscape'], 'portrait');
  const band = (name: string) => {
    const html = parameters.text(name);
    return html?.trim() ? { kind: 'html' as const, html } : undefined;
  };
  const [header, footer] = [band('header'), band('footer')];
  const paperSize = parameters.text('paperSize')?.trim();
  return {
    kind: 'page',
    // without one, the document's own `@page` size counts, and then A4
    paper: paperSize ? parsePaperSize(paperSize) : undefined,
    orientation: orientation === 'landscape' ? orientation : undefined,
    margins: margins ? parseMargins(margins) : undefined,
    backgrounds: parameters.flag('printBackground', true),
    media: media === 'screen' ? 'screen' : 'print',
    fullLoad: !parameters.flag('DoNotWaitFullLoad'),
    scripts: true,
    customScript: profilesOf(parameters).text('CustomScript'),
    headersAndFooters: header || footer ? { header, footer } : undefined,
  };
}
