import type { JobTemplate } from '../../core/domain/job-template.ts';
import { fallbackMedia, mediaNamed, mediaSize, mediaTitle } from '../../core/domain/media.ts';
import { type Printer, printerKey } from '../../core/domain/printer.ts';
import { booleanOptions, duplexes, type Units, units as unitValues } from './enums.ts';
import { inUnits } from './html-settings.ts';
import { filePrinter } from './printer-names.ts';
import { enumIn, type Members, numberIn, textIn } from './values.ts';

/** DevicePrintSettings and DeviceSettings: a client's print options, and a printer's description. */

const copiesAtMost = 9999;

const sides: Record<number, JobTemplate['sides']> = {
  [duplexes.simplex]: 'one-sided',
  [duplexes.vertical]: 'two-sided-long-edge',
  [duplexes.horizontal]: 'two-sided-short-edge',
};

const handling: Record<number, JobTemplate['multiple-document-handling']> = {
  [booleanOptions.true]: 'separate-documents-collated-copies',
  [booleanOptions.false]: 'separate-documents-uncollated-copies',
};

/** Translates a client's device settings to IPP attributes. Omitted settings keep the printer's defaults. */
export function templateOf(device: Members): JobTemplate {
  const copies = numberIn(device, 'copies');
  const paper = textIn(device, 'paperSizeName')?.trim();
  const source = textIn(device, 'paperSourceName')?.trim();
  const template: JobTemplate = {
    copies: copies === undefined ? undefined : Math.min(Math.max(Math.trunc(copies), 1), copiesAtMost),
    sides: sides[enumIn(device, 'duplex', duplexes) ?? duplexes.default],
    'multiple-document-handling': handling[enumIn(device, 'collate', booleanOptions) ?? booleanOptions.default],
    media: paper ? mediaNamed(paper) : undefined,
    'media-source': source?.toLowerCase() === automatically.toLowerCase() ? undefined : source || undefined,
  };
  return Object.fromEntries(Object.entries(template).filter(([, value]) => value !== undefined));
}

/** Windows' name for a printer's own choice; clients expect at least one source. */
const automatically = 'Automatically select';

const standardForms = ['A4', 'Letter', 'Legal', 'Executive', 'A3', 'A5', 'B4'];

/** The default printer: it accepts any paper size and has no unprintable margins. */
export function filePrinterSettings(units: Units) {
  return settings({
    printerName: filePrinter,
    units,
    template: {},
    forms: standardForms,
    bins: [automatically],
    margins: noMargins,
  });
}

/** A relay's printer as the relay reported it, with common values for what the printer does not report. */
export function relayPrinterSettings(printer: Printer, units: Units) {
  const attributes = printer.device?.attributes ?? {};
  const supported = (attributes['media-supported'] ?? []).map(mediaTitle);
  return {
    ...settings({
      printerName: printerKey(printer),
      units,
      template: { media: attributes['media-default'], ...printer.defaultTemplate },
      forms: supported.length > 0 ? [...new Set(supported)] : standardForms,
      bins: [automatically, ...(attributes['media-source-supported'] ?? [])],
      margins: {
        left: attributes['media-left-margin'] ?? 0,
        top: attributes['media-top-margin'] ?? 0,
        bottom: attributes['media-bottom-margin'] ?? 0,
        right: attributes['media-right-margin'] ?? 0,
      },
    }),
    port: printer.device?.scheme ?? '',
    serverName: printer.locationId,
    location: printer.name,
    isLocal: false,
    isNetwork: true,
    isDefault: false,
  };
}

/** Hundredths of millimetres, as printers report them. */
type Unprintable = Record<'left' | 'top' | 'bottom' | 'right', number>;
const noMargins: Unprintable = { left: 0, top: 0, bottom: 0, right: 0 };

interface Facts {
  printerName: string;
  units: Units;
  template: JobTemplate;
  forms: string[];
  bins: string[];
  margins: Unprintable;
}

function settings({ printerName, units, template, forms, bins, margins }: Facts) {
  const media = template.media ?? fallbackMedia;
  const paper = mediaSize(media) ?? (mediaSize(fallbackMedia) as { width: number; height: number });
  const edge = (hundredths: number) => String(inUnits(hundredths / 100, units));
  return {
    printerName,
    paperSizeName: mediaTitle(media),
    paperSourceName: template['media-source'] ?? '',
    collate: numberOf(handling, template['multiple-document-handling']),
    copies: template.copies ?? 1,
    duplex: numberOf(sides, template.sides),
    units: unitValues[units],
    paperPageSize: { width: inUnits(paper.width, units), height: inUnits(paper.height, units) },
    unprintableMargins: {
      left: edge(margins.left),
      top: edge(margins.top),
      bottom: edge(margins.bottom),
      right: edge(margins.right),
    },
    status: 0,
    port: '',
    attributes: 0,
    serverName: '',
    shareName: '',
    location: '',
    isLocal: true,
    isNetwork: false,
    isShared: false,
    isDefault: true,
    bins,
    forms,
  };
}

/** The number of a value, or 0 for the printer's default. */
const numberOf = (table: Record<number, string | undefined>, value: string | undefined) =>
  Number(Object.entries(table).find(([, entry]) => entry === value && value !== undefined)?.[0] ?? 0);
