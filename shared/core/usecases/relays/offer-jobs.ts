import type { Ticket } from '../../../protocol/relay-protocol.ts';
import { absenceOf } from '../../domain/backlog.ts';
import type { StoredDocument } from '../../domain/document.ts';
import type { CompanyId, RelayId } from '../../domain/ids.ts';
import { type Job, readyPrefix } from '../../domain/job.ts';
import { type Location, type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Messages, Ports, RelayLink } from '../../ports/index.ts';

/** 20 tickets with presigned addresses are well below AWS IoT's limit of 128 KiB for a message. */
export const ticketsAtOnce = 20;
/** Long enough to start a slow download; a relay whose address has expired requests another. */
const addressSeconds = 15 * 60;

/** A relay that received `more` asks for the next tickets in less than this time. */
const announcedMilliseconds = 1000;
/**
 * When `more` was last sent to a relay because of a printer. Only on one machine, where all functions are one process:
 * elsewhere another one may have sent it the rest since.
 */
const announcedOf = new WeakMap<RelayLink, Map<string, number>>();

type OfferPorts = Pick<Ports, 'jobs' | 'registry' | 'documents' | 'relayLink' | 'clock'>;
type WillAskPorts = Pick<Ports, 'registry' | 'relayLink' | 'clock'>;

function announcedBy({ registry, relayLink }: WillAskPorts): Map<string, number> | undefined {
  if (!registry.isLocal) return undefined;
  const known = announcedOf.get(relayLink) ?? new Map<string, number>();
  announcedOf.set(relayLink, known);
  return known;
}

const keyOf = (relayId: RelayId, companyId: CompanyId, printer: PrinterName) =>
  JSON.stringify([relayId, companyId, printerKey(printer)]);

/** Whether a relay is about to ask for the jobs of a printer: one that was stored just now needs no message. */
export function willAsk(ports: WillAskPorts, relayId: RelayId, companyId: CompanyId, printer: PrinterName): boolean {
  const announced = announcedBy(ports)?.get(keyOf(relayId, companyId, printer));
  return announced !== undefined && ports.clock.now() - announced < announcedMilliseconds;
}

/**
 * Sends a printer's relay the tickets of the ready jobs at the front of the printer's queue. A job whose document is not
 * ready holds back the jobs behind it. A lost message does no harm: the relay fetches when it connects, and the sweep
 * sends again.
 */
export async function offerJobs(ports: OfferPorts, offer: Messages['offer']): Promise<void> {
  const location = await ports.registry.getLocation(offer.companyId, offer.printer.locationId);
  if (!location?.relayId || willAsk(ports, location.relayId, offer.companyId, offer.printer)) return;
  if (await isUnsettled(ports, location, offer.printer)) return;
  await sendTickets(ports, location.relayId, offer.companyId, [offer.printer], 'if-any');
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

/** Sends the tickets that a relay may have now, at most those that fit into one message. */
export async function sendTickets(
  ports: OfferPorts,
  relayId: RelayId,
  companyId: CompanyId,
  printers: PrinterName[],
  when: 'always' | 'if-any',
): Promise<void> {
  const announced = announcedBy(ports);
  // before the jobs are read: of one that is stored later this message says nothing
  for (const printer of printers) announced?.delete(keyOf(relayId, companyId, printer));
  const ready = await Promise.all(
    printers.map(async printer => readyPrefix(await ports.jobs.waiting(companyId, printer, ticketsAtOnce))),
  );
  const { tickets, more } = await ticketsOf(ports, ready.flat());
  if (tickets.length === 0 && when === 'if-any') return;
  await ports.relayLink.publish(relayId, { type: 'tickets', tickets, more });
  for (const [index, printer] of printers.entries()) {
    const isLong = (ready[index]?.length ?? 0) >= ticketsAtOnce;
    if (isLong) announced?.set(keyOf(relayId, companyId, printer), ports.clock.now());
  }
}

/** The tickets of ready jobs, at most those that fit into one message; `more`: others wait behind them. */
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
    ...(job.reportSequence > 0 ? { reported: job.reportSequence } : {}),
  };
}
