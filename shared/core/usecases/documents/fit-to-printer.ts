import type { Conversion } from '../../domain/conversion.ts';
import type { JobTemplate } from '../../domain/job-template.ts';
import { fallbackMedia, mediaSize } from '../../domain/media.ts';
import type { Printer } from '../../domain/printer.ts';

/**
 * A printer that reports its media gets only those: for any other size it uses its default, and the page is laid out
 * for that. With several printers the first decides the layout.
 */
export function fitToPrinter(printer: Printer | undefined, template: JobTemplate, conversion: Conversion) {
  const { media: asked, ...rest } = template;
  const offered = printer?.device?.attributes['media-supported'];
  const media = offered ? offered.find(name => name.toLowerCase() === asked?.toLowerCase()) : asked;
  const kept = media === undefined ? rest : { ...rest, media };
  if (conversion.kind !== 'page') return { template: kept, conversion };
  const wanted = asked === media ? conversion.paper : undefined;
  const paper = wanted ?? mediaSize(media ?? defaultMedia(printer)) ?? mediaSize(fallbackMedia);
  const ownPageSize = !conversion.paper && asked === undefined && !offered;
  return { template: kept, conversion: { ...conversion, paper, ...(ownPageSize && { ownPageSize }) } };
}

const defaultMedia = (printer: Printer | undefined) =>
  printer?.defaultTemplate.media ?? printer?.device?.attributes['media-default'] ?? fallbackMedia;
