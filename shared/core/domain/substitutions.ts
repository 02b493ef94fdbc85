import type { JobTemplate } from './job-template.ts';
import { type Printer, rasterFormats } from './printer.ts';

/** What a printer, as its relay reports it, does not do as asked: one sentence each. */
export function substitutionsOf({ device }: Printer, template: JobTemplate, format: string): string[] {
  if (!device) return ['Its relay has not reported this printer yet, so its options are unknown.'];
  const { attributes } = device;
  const said: string[] = [];
  const offered: [keyof JobTemplate, string[] | undefined, string | undefined][] = [
    ['media', attributes['media-supported'], attributes['media-default']],
    ['media-source', attributes['media-source-supported'], undefined],
    ['sides', attributes['sides-supported'], undefined],
  ];
  for (const [name, values, byDefault] of offered) {
    const asked = template[name];
    if (typeof asked !== 'string' || !values || values.some(value => value.toLowerCase() === asked.toLowerCase()))
      continue;
    said.push(`${name} "${asked}" is not offered: the printer's default${byDefault ? `, ${byDefault},` : ''} is used.`);
  }
  if (template['print-color-mode'] === 'color' && attributes['color-supported'] === false) {
    said.push('print-color-mode "color" is not offered: it is printed in monochrome.');
  }
  const formats = attributes['document-format-supported']?.map(name => name.toLowerCase());
  const raster = rasterFormats.find(name => formats?.includes(name));
  if (format === 'application/pdf' && raster && !formats?.includes(format)) {
    said.push(`The printer takes no PDF: the relay makes ${raster} of it.`);
  }
  return said;
}
