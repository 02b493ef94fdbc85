import type { CompanyId } from '../../domain/ids.ts';
import { eventsBetween } from '../../domain/job-changes.ts';
import { announceLocation, announcePrinter, relayEvents } from '../../domain/place-changes.ts';
import { parsePrinterKey, printerKey } from '../../domain/printer.ts';
import type { Change, EventWriter, Ports } from '../../ports/index.ts';

type RecordPorts = Pick<Ports, 'eventWriter'>;

/** Writes the events of changes of one company, in the order of the changes. A repeat changes nothing. */
export async function recordChanges({ eventWriter }: RecordPorts, changes: Change[]): Promise<void> {
  const companyId = changes[0]?.after.companyId;
  if (companyId === undefined || !(await eventWriter.isInUse(companyId))) return;
  // changes of jobs are most of all, and go together
  const jobs = changes.filter(change => change.kind === 'job');
  await eventWriter.write(
    companyId,
    jobs.flatMap(({ before, after }) => eventsBetween(before, after)),
  );
  for (const change of changes) {
    if (change.kind === 'printer') await recordPrinter(eventWriter, change);
    if (change.kind === 'location') await recordLocation(eventWriter, change);
    if (change.kind === 'relay')
      await eventWriter.write(companyId, relayEvents(change.before, change.after, change.at));
  }
}

type Placed<Kind> = Pick<Extract<Change, { kind: Kind }>, 'before' | 'after' | 'at'>;

async function recordPrinter(writer: EventWriter, { before, after, at }: Placed<'printer'>): Promise<void> {
  const { companyId } = after;
  const place = printerKey(after);
  const { event, announced } = announcePrinter(before, after, await writer.announcedOf(companyId, place), at);
  if (event) await writer.write(companyId, [event]);
  await writer.saveAnnounced(companyId, place, announced);
}

async function recordLocation(writer: EventWriter, { after, at }: Placed<'location'>): Promise<void> {
  const { companyId, locationId } = after;
  const { event, announced } = announceLocation(after, await writer.announcedOf(companyId, locationId), at);
  if (event) await writer.write(companyId, [event]);
  await writer.saveAnnounced(companyId, locationId, announced);
}

const atOnce = 100;

/** Writes the events of states that were held back and are due. Returns how many places it dealt with. */
export async function announceDue({
  eventWriter,
  registry,
  clock,
}: Pick<Ports, 'eventWriter' | 'registry' | 'clock'>): Promise<number> {
  const due = await eventWriter.dueAnnouncements(clock.now(), atOnce);
  for (const { companyId, place, dueAt } of due) {
    const printer = await printerAt(registry, companyId, place);
    const location = printer ? undefined : await registry.getLocation(companyId, place);
    if (printer) await recordPrinter(eventWriter, { before: printer, after: printer, at: dueAt });
    else if (location) await recordLocation(eventWriter, { after: location, at: dueAt });
    else await eventWriter.saveAnnounced(companyId, place, { value: '', at: dueAt });
  }
  return due.length;
}

async function printerAt(registry: Ports['registry'], companyId: CompanyId, place: string) {
  const name = parsePrinterKey(place);
  return name && (await registry.getPrinter(companyId, name));
}
