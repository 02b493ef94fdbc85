import type { CompanyId } from '../../domain/ids.ts';
import { eventsBetween } from '../../domain/job-changes.ts';
import {
  type Announced,
  type Announcement,
  announceLocation,
  announcePrinter,
  type LastChange,
  nextChange,
  relayEvents,
} from '../../domain/place-changes.ts';
import { parsePrinterKey, printerKey } from '../../domain/printer.ts';
import { uploadEvents } from '../../domain/upload-changes.ts';
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
    if (change.kind === 'upload')
      await eventWriter.write(companyId, uploadEvents(change.before, change.after, change.at));
    if (change.kind === 'relay')
      await eventWriter.write(companyId, relayEvents(change.before, change.after, change.at));
  }
}

type Placed<Kind> = Pick<Extract<Change, { kind: Kind }>, 'before' | 'after' | 'at'>;

const recordPrinter = (writer: EventWriter, { before, after, at }: Placed<'printer'>) =>
  recordPlace(writer, { after, isNew: !before, at, place: printerKey(after) }, announced =>
    announcePrinter(before, after, announced, at),
  );

const recordLocation = (writer: EventWriter, { before, after, at }: Placed<'location'>) =>
  recordPlace(writer, { after, isNew: !before, at, place: after.locationId }, announced =>
    announceLocation(before, after, announced, at),
  );

interface PlaceChange {
  after: { companyId: CompanyId; version: number };
  isNew: boolean;
  at: number;
  place: string;
}

/** Compares each change once: one that comes again would be compared with a later state. */
async function recordPlace(
  writer: EventWriter,
  { after: { companyId, version }, isNew, at, place }: PlaceChange,
  announce: (announced: Announced | undefined) => Announcement,
): Promise<void> {
  const known = await writer.announcedOf(companyId, place);
  const last = nextChange(known?.last, isNew, version, at);
  if (last) await save(writer, companyId, place, announce(known), last);
}

/** A function that is stopped between the two writes repeats both: the event has the same id. */
async function save(
  writer: EventWriter,
  companyId: CompanyId,
  place: string,
  { event, announced }: Announcement,
  last: LastChange | undefined,
): Promise<void> {
  if (event) await writer.write(companyId, [event]);
  await writer.saveAnnounced(companyId, place, { ...announced, last });
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
    const known = await eventWriter.announcedOf(companyId, place);
    let announcement: Announcement = { announced: { value: '', at: dueAt } };
    if (printer) announcement = announcePrinter(printer, printer, known, dueAt);
    if (location) announcement = announceLocation(location, location, known, dueAt);
    await save(eventWriter, companyId, place, announcement, known?.last);
  }
  return due.length;
}

async function printerAt(registry: Ports['registry'], companyId: CompanyId, place: string) {
  const name = parsePrinterKey(place);
  return name && (await registry.getPrinter(companyId, name));
}
