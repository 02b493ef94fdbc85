import { booleanOf, integerOf, integersOf, reasonsOf, textOf, textsOf } from '../../shared/ipp/attributes.ts';
import type { IppAttribute } from '../../shared/ipp/message.ts';
import { isSuccess } from '../../shared/ipp/tags.ts';
import type { IppClient } from '../ipp-client/client.ts';
import { IppRefusal } from '../ipp-client/errors.ts';

/** A printer as it was at one moment [RFC 8011 5.4]. */
export interface PrinterView {
  uuid: string | undefined;
  /** seconds since it was switched on */
  upSeconds: number | undefined;
  /** our own clock when it said so, milliseconds */
  askedAt: number;
  isStopped: boolean;
  isAccepting: boolean;
  reasons: string[];
  message: string | undefined;
  operations: number[];
  formats: string[];
  attributes: IppAttribute[];
}

/** what following a job needs to know each time */
export const statusAttributes = [
  'printer-uuid',
  'printer-up-time',
  'printer-state',
  'printer-state-reasons',
  'printer-state-message',
  'printer-is-accepting-jobs',
];

const stopped = 5;
/** up-time comes in whole seconds, and some printers' seconds are long */
const slackSeconds = 10;
/** what a printer says at first [RFC 8011 5.4.29] */
const firstSecond = 1;

/** Throws an `IppExchangeError` when there is no answer, and an `Error` when it is a refusal. */
export async function viewPrinter(client: IppClient, requested: string[], signal?: AbortSignal): Promise<PrinterView> {
  const askedAt = performance.now();
  const { status, message, printer } = await client.getPrinterAttributes(requested, signal);
  if (!isSuccess(status)) throw new IppRefusal(`the printer does not say what it is: ${message}`);
  return {
    uuid: textOf(printer, 'printer-uuid'),
    upSeconds: integerOf(printer, 'printer-up-time'),
    askedAt,
    isStopped: integerOf(printer, 'printer-state') === stopped,
    isAccepting: booleanOf(printer, 'printer-is-accepting-jobs') !== false,
    reasons: reasonsOf(printer, 'printer-state-reasons'),
    message: textOf(printer, 'printer-state-message') || undefined,
    operations: integersOf(printer, 'operations-supported'),
    formats: textsOf(printer, 'document-format-supported'),
    attributes: printer,
  };
}

/**
 * Whether the printer has not been off in between, so that its job-ids still mean the same jobs and no job was
 * lost with its memory. A printer that was, has been up for no longer than the time in between; one that had been
 * up for no longer than the slack before can be distinguished from that only if it counts seconds as we do. Unknown
 * counts as no.
 */
export function isSameBoot(before: PrinterView, after: PrinterView): boolean {
  if (isOtherPrinter(before.uuid, after)) return false;
  if (before.upSeconds === undefined || after.upSeconds === undefined) return false;
  const expectedSeconds = before.upSeconds + (after.askedAt - before.askedAt) / 1000;
  if (before.upSeconds > slackSeconds) return after.upSeconds > expectedSeconds - slackSeconds;
  return before.upSeconds > firstSecond && after.upSeconds >= expectedSeconds - 1;
}

/** Whether another printer has the address now. */
export function isOtherPrinter(uuid: string | undefined, now: PrinterView): boolean {
  return uuid !== undefined && now.uuid !== undefined && uuid !== now.uuid;
}
