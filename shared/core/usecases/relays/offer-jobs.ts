import type { Ticket } from '../../../protocol/relay-protocol.ts';
import { absenceOf } from '../../domain/backlog.ts';
import type { StoredDocument } from '../../domain/document.ts';
import type { CompanyId } from '../../domain/ids.ts';
import { type Job, readyPrefix } from '../../domain/job.ts';
import type { Location, PrinterName } from '../../domain/printer.ts';
import type { Messages, Ports } from '../../ports/index.ts';

/** 20 tickets with presigned addresses are well below AWS IoT's limit of 128 KiB for a message. */
export const ticketsAtOnce = 20;
/** Long enough to start a slow download; a relay whose address has expired requests another. */
const addressSeconds = 15 * 60;

/**
 * Sends a printer's relay the tickets of the ready jobs at the front of the printer's queue. A job whose document is not
 * ready holds back the jobs behind it. A lost message does no harm: the relay fetches when it connects, and the sweep
 * sends again.
 */
export async function offerJobs(
  ports: Pick<Ports, 'jobs' | 'registry' | 'documents' | 'relayLink' | 'clock'>,
  offer: Messages['offer'],
): Promise<void> {
  const location = await ports.registry.getLocation(offer.companyId, offer.printer.locationId);
  if (!location?.relayId) return;
  if (await isUnsettled(ports, location, offer.printer)) return;
  const { tickets, more } = await ticketsFor(ports, offer.companyId, [offer.printer]);
  if (tickets.length > 0) await ports.relayLink.publish(location.relayId, { type: 'tickets', tickets, more });
}

/** A relay that is back fetches, and the backlog of the printer is dealt with before it gets tickets. */
async function isUnsettled(
  { registry, clock }: Pick<Ports, 'registry' | 'clock'>,
  location: Location,
  name: PrinterName,
) {
  const absence = absenceOf(location, clock.now());
  if (!absence || location.settledAbsence === absence.from) return false;
  const printer = await registry.getPrinter(location.companyId, name);
  return printer?.backlogPolicy !== undefined && printer.backlogPolicy !== 'all';
}

/** The tickets that a relay may have now, at most those that fit into one message; `more`: others wait behind them. */
export async function ticketsFor(
  ports: Pick<Ports, 'jobs' | 'documents'>,
  companyId: CompanyId,
  printers: PrinterName[],
): Promise<{ tickets: Ticket[]; more: boolean }> {
  const waiting = await Promise.all(printers.map(printer => ports.jobs.waiting(companyId, printer, ticketsAtOnce)));
  return await ticketsOf(ports, waiting.flatMap(readyPrefix));
}

/** The tickets of ready jobs, at most those that fit into one message. */
export async function ticketsOf(
  ports: Pick<Ports, 'documents'>,
  ready: Job[],
): Promise<{ tickets: Ticket[]; more: boolean }> {
  const tickets = await Promise.all(ready.slice(0, ticketsAtOnce).map(job => ticketFor(ports, job)));
  return { tickets, more: ready.length >= ticketsAtOnce };
}

async function ticketFor(ports: Pick<Ports, 'documents'>, job: Job): Promise<Ticket> {
  const document = job.document as StoredDocument;
  return {
    jobId: job.id,
    attempt: job.attempt,
    deviceId: (job.printer as PrinterName).deviceId,
    sequence: job.sequence,
    name: job.name,
    format: document.format,
    octets: document.octets,
    sha256: document.sha256,
    url: await ports.documents.presignRead(document.key, { expiresSeconds: addressSeconds, format: document.format }),
    template: job.template,
    unconfirmedPolicy: job.unconfirmedPolicy,
    possibleDuplicate: job.attempt > 1,
    ...(job.grant ? { asked: job.grant.ask } : {}),
  };
}
