import { offeredTemplate } from '../../shared/ipp/job-template.ts';
import type { IppAttribute } from '../../shared/ipp/message.ts';
import { operations } from '../../shared/ipp/tags.ts';
import type { Ticket } from '../../shared/protocol/relay-protocol.ts';
import type { PrinterView } from './ipp-printer-view.ts';
import type { PrintOutcome } from './output-device.ts';

/** What this printer can be asked to do with this ticket. */
export interface Plan {
  template: IppAttribute[];
  /** absent: as the printer takes it by default */
  format: string | undefined;
  /** what was asked for in vain, for the job's message */
  notOffered: string[];
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
  'orientation-requested-supported',
  'print-color-mode-supported',
  'print-scaling-supported',
  'multiple-document-handling-supported',
  'print-quality-supported',
  'page-ranges-supported',
  'job-priority-supported',
];

const anyFormat = 'application/octet-stream';

export function preflight(ticket: Ticket, printer: PrinterView): Plan | PrintOutcome {
  if (!printer.isAccepting) {
    const reasons = ['server-error-not-accepting-jobs', ...printer.reasons];
    return { kind: 'retry', reasons, message: printer.message ?? 'the printer accepts no jobs now' };
  }
  const needed = [operations.createJob, operations.sendDocument];
  const isAble = printer.operations.length === 0 || needed.every(operation => printer.operations.includes(operation));
  if (!isAble) {
    const message = 'the printer does not offer Create-Job and Send-Document; use socket:// for it';
    return { kind: 'aborted', reasons: ['aborted-by-system'], message };
  }
  const format = formatFor(ticket.format, printer.formats);
  if (format === 'none') {
    const message = `the printer does not take ${ticket.format}, only ${printer.formats.join(', ')}`;
    return { kind: 'aborted', reasons: ['document-format-error'], message };
  }
  const { attributes, notOffered } = offeredTemplate(ticket.template, printer.attributes);
  return { template: attributes, format, notOffered };
}

/** The printer's own spelling of the format; parameters such as a charset count only where it lists them. */
function formatFor(wanted: string, listed: string[]): string | undefined {
  if (listed.length === 0) return undefined;
  const plain = (format: string) => format.toLowerCase().replaceAll(' ', '');
  const like = (text: string) => listed.find(format => plain(format) === plain(text));
  return like(wanted) ?? like(wanted.split(';')[0] ?? '') ?? like(anyFormat) ?? 'none';
}
