import type { JobTemplate } from '../../shared/core/domain/job-template.ts';
import { takesAsOctets } from '../../shared/core/domain/printer.ts';
import { offeredTemplate, orderedRanges } from '../../shared/ipp/job-template.ts';
import type { IppAttribute } from '../../shared/ipp/message.ts';
import { operations } from '../../shared/ipp/tags.ts';
import type { Ticket } from '../../shared/protocol/relay-protocol.ts';
import type { Making, RasterTarget } from '../documents/making.ts';
import type { PrinterView } from './ipp-printer-view.ts';
import { rasterFor } from './ipp-raster.ts';
import type { PrintOutcome } from './output-device.ts';

/** What this printer can be asked to do with this ticket, and what the relay does itself first. */
export interface Plan {
  template: IppAttribute[];
  /** absent: as the printer takes it by default */
  format: string | undefined;
  /** what was asked for in vain, for the job's message */
  notOffered: string[];
  /** the printer has no Create-Job: name and document go in one request */
  isOneStep: boolean;
  /** absent: the document goes as it is */
  making?: Making;
  /** how often it is sent, each time as a job of its own */
  repeats: number;
}

/** what preflight and following need; a printer's whole attributes can be a hundred times as much */
export const preflightAttributes = [
  'printer-uuid',
  'printer-up-time',
  'printer-state',
  'printer-state-reasons',
  'printer-state-message',
  'printer-is-accepting-jobs',
  'operations-supported',
  'document-format-supported',
  'job-creation-attributes-supported',
  'copies-supported',
  'sides-supported',
  'media-supported',
  'media-col-supported',
  'media-source-supported',
  'media-size-supported',
  'media-default',
  'pwg-raster-document-resolution-supported',
  'pwg-raster-document-type-supported',
  'pwg-raster-document-sheet-back',
  'urf-supported',
  'color-supported',
  'orientation-requested-supported',
  'print-color-mode-supported',
  'print-scaling-supported',
  'multiple-document-handling-supported',
  'print-quality-supported',
  'page-ranges-supported',
  'job-priority-supported',
];

const anyFormat = 'application/octet-stream';
const pdf = 'application/pdf';

export function preflight(ticket: Ticket, printer: PrinterView): Plan | PrintOutcome {
  if (!printer.isAccepting) {
    const reasons = ['server-error-not-accepting-jobs', ...printer.reasons];
    return { kind: 'retry', reasons, message: printer.message ?? 'the printer accepts no jobs now' };
  }
  const offers = (...needed: number[]) => needed.every(operation => printer.operations.includes(operation));
  const isOneStep = printer.operations.length > 0 && !offers(operations.createJob, operations.sendDocument);
  if (isOneStep && !offers(operations.printJob)) {
    const message = 'the printer offers neither Create-Job nor Print-Job; use socket:// for it';
    return { kind: 'aborted', reasons: ['aborted-by-system'], message };
  }
  const raster = ticket.format === pdf ? rasterFor(printer, ticket.template) : undefined;
  const format = raster?.format ?? formatFor(ticket.format, printer.formats);
  if (format === 'none') {
    const message = `the printer does not take ${ticket.format}, only ${printer.formats.join(', ')}`;
    return { kind: 'aborted', reasons: ['document-format-error'], message };
  }
  const { attributes, notOffered } = offeredTemplate(ticket.template, printer.attributes);
  const plan: Plan = { template: attributes, format, notOffered, isOneStep, repeats: 1 };
  return ticket.format === pdf ? withMaking(plan, ticket.template, raster) : withRepeats(plan, ticket.template);
}

/** Of what is no PDF the relay makes copies by sending it again. */
function withRepeats(plan: Plan, { copies = 1 }: JobTemplate): Plan {
  const isOffered = plan.template.some(({ name }) => name === 'copies');
  return isOffered ? plan : { ...without(plan, ['copies']), repeats: copies };
}

/** The plan without attributes that are the relay's own work. */
function without(plan: Plan, names: string[]): Plan {
  return {
    ...plan,
    template: plan.template.filter(({ name }) => !names.includes(name)),
    notOffered: plan.notOffered.filter(text => !names.includes(text.split('=')[0] as string)),
  };
}

/** Pages and copies of a PDF that the printer does not offer, or that a raster cannot name, are made here. */
function withMaking(plan: Plan, template: JobTemplate, raster: RasterTarget | undefined): Plan {
  if (raster?.format === 'image/jpeg') return withJpegs(plan, template, raster);
  const isAsked = (name: string) => plan.template.some(attribute => attribute.name === name);
  const areRangesOurs = template['page-ranges'] !== undefined && (raster !== undefined || !isAsked('page-ranges'));
  const areCopiesOurs = (template.copies ?? 1) > 1 && !isAsked('copies');
  if (!raster && !areRangesOurs && !areCopiesOurs) return plan;
  const ours = [...(areRangesOurs ? ['page-ranges'] : []), ...(areCopiesOurs ? ['copies'] : [])];
  const ranges = areRangesOurs ? orderedRanges(template['page-ranges'] ?? []) : undefined;
  return { ...without(plan, ours), making: { ranges, copies: areCopiesOurs ? template.copies : undefined, raster } };
}

/** Each page is a job of its own, so copies in their order and both sides of a sheet are not the printer's to make. */
function withJpegs(plan: Plan, { copies = 1, sides, ...template }: JobTemplate, raster: RasterTarget): Plan {
  const ranges = template['page-ranges'] && orderedRanges(template['page-ranges']);
  const rest = without(plan, ['copies', 'page-ranges', 'sides']);
  const isInVain = sides !== undefined && sides !== 'one-sided';
  return {
    ...rest,
    notOffered: isInVain ? [...rest.notOffered, 'sides'] : rest.notOffered,
    making: { ranges, raster },
    repeats: copies,
  };
}

/** The printer's own spelling of the format; parameters such as a charset count only where it lists them. */
function formatFor(wanted: string, listed: string[]): string | undefined {
  if (listed.length === 0) return undefined;
  const plain = (format: string) => format.toLowerCase().replaceAll(' ', '');
  const like = (text: string) => listed.find(format => plain(format) === plain(text));
  const found = like(wanted) ?? like(wanted.split(';')[0] ?? '');
  return found ?? (takesAsOctets(wanted, listed) ? like(anyFormat) : undefined) ?? 'none';
}
