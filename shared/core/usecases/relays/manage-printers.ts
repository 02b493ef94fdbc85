import type { Principal } from '../../domain/company.ts';
import { PrintError, quote } from '../../domain/errors.ts';
import {
  emptyPrinter,
  isNameInPath,
  type Location,
  newLocation,
  type Printer,
  type PrinterName,
  printerKey,
} from '../../domain/printer.ts';
import { asKnown } from '../../domain/printer-conditions.ts';
import type { NameRange, Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/** The address of a printer or location in a client's path. */
export interface LocationAddress {
  companyId?: string;
  locationId: string;
}
export type PrinterAddress = PrinterName & Pick<LocationAddress, 'companyId'>;

export type PrinterChanges = Partial<
  Pick<
    Printer,
    | 'name'
    | 'active'
    | 'notes'
    | 'type'
    | 'target'
    | 'formats'
    | 'filter'
    | 'defaultProperties'
    | 'defaultTemplate'
    | 'unconfirmedPolicy'
    | 'expiresInSeconds'
    | 'backlogPolicy'
  >
>;

export type LocationChanges = Partial<
  Pick<Location, 'name' | 'active' | 'type' | 'allowFrom' | 'email' | 'email2' | 'phone' | 'notes'>
>;

/** A location with its printers. */
export interface LocationView {
  location: Location;
  printers: Printer[];
}

/** What follows a record in a list by name. */
export interface ListPage {
  /** the name of the last record of the page before */
  after?: string;
  limit: number;
}

/** The next name after another is the same with the least character behind it. Nothing in a name is above the last one. */
export function rangeOf({ after = '', limit }: ListPage, prefix = ''): NameRange {
  const from = after.startsWith(prefix) ? `${after}\0` : prefix;
  return { from, to: `${prefix}\u{10ffff}`, limit };
}

const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Several of them must fit into one item of a table [Amazon DynamoDB, 400 KB]. */
const textCharacters = 2000;

type RegistryPorts = Pick<Ports, 'registry'>;

export async function getPrinter(ports: RegistryPorts, principal: Principal, address: PrinterAddress) {
  const printer = isTheirs(principal, address) && (await ports.registry.getPrinter(principal.companyId, address));
  if (!printer) throw new PrintError('not-found', `Unknown printer ${quote(printerKey(address))}.`);
  return asKnown(printer, await ports.registry.getLocation(principal.companyId, printer.locationId));
}

/** Lists the printers of a company, or a page of them, with their current states. */
export async function listPrinters(
  { registry }: RegistryPorts,
  { companyId }: Principal,
  page: ListPage | undefined,
): Promise<Printer[]> {
  if (!page) {
    const [printers, locations] = await Promise.all([
      registry.listPrinters(companyId),
      registry.listLocations(companyId),
    ]);
    return withStates(printers, locations);
  }
  const printers = await registry.printersIn(companyId, rangeOf(page));
  const names = printers.map(({ locationId }) => locationId).sort(inBytes);
  if (names.length === 0) return [];
  return withStates(printers, await registry.listLocations(companyId, { from: names[0], to: names.at(-1) }));
}

/** Printers as they are known to be now, by the locations that were found. */
export function withStates(printers: Printer[], found: Location[]): Printer[] {
  const locations = new Map(found.map(location => [location.locationId, location]));
  return printers.map(printer => asKnown(printer, locations.get(printer.locationId)));
}

/** A location with its printers, or with a page of them. */
export async function getLocation(
  { registry }: RegistryPorts,
  principal: Principal,
  { page, ...address }: LocationAddress & { page?: ListPage },
): Promise<LocationView> {
  const location = await findLocation({ registry }, principal, address);
  const { companyId, locationId } = location;
  const printers = await (page
    ? registry.printersIn(companyId, rangeOf(page, `${locationId}:`))
    : registry.listPrinters(companyId, locationId));
  return { location, printers: withStates(printers, [location]) };
}

/** Throws `not-found`. */
export async function findLocation(
  { registry }: RegistryPorts,
  principal: Principal,
  address: LocationAddress,
): Promise<Location> {
  const { companyId } = principal;
  const location = isTheirs(principal, address) && (await registry.getLocation(companyId, address.locationId));
  if (!location) throw unknownLocation(address);
  return location;
}

/** Changes the given fields. Creates the printer if it does not exist; its location must exist. */
export async function savePrinter(
  ports: RegistryPorts,
  principal: Principal,
  { address, changes }: { address: PrinterAddress; changes: PrinterChanges },
): Promise<Printer> {
  await findLocation(ports, principal, address);
  checkTexts(changes);
  const { companyId } = principal;
  const { locationId, deviceId } = named(address, address.deviceId);
  const outcome = await saveWith<Printer>(
    async () =>
      (await ports.registry.getPrinter(companyId, { locationId, deviceId })) ?? {
        ...emptyPrinter,
        name: deviceId,
        companyId,
        locationId,
        deviceId,
      },
    printer => ({ ...printer, ...changes }),
    printer => ports.registry.savePrinter(printer),
  );
  return (outcome as { now: Printer }).now;
}

/** Changes the given fields. Creates the location if it does not exist. */
export async function saveLocation(
  ports: RegistryPorts,
  principal: Principal,
  { address, changes }: { address: LocationAddress; changes: LocationChanges },
): Promise<LocationView> {
  if (!isTheirs(principal, address)) throw unknownLocation(address);
  checkTexts(changes);
  const { companyId } = principal;
  const { locationId } = named(address, address.locationId);
  await saveWith<Location>(
    async () => (await ports.registry.getLocation(companyId, locationId)) ?? newLocation(companyId, locationId),
    location => ({ ...location, ...changes }),
    location => ports.registry.saveLocation(location),
  );
  return await getLocation(ports, principal, address);
}

const unknownLocation = ({ locationId }: LocationAddress) =>
  new PrintError('not-found', `Unknown location ${quote(locationId)}.`);

/** A path may name only the caller's own company. */
function isTheirs(principal: Principal, { companyId }: { companyId?: string }): boolean {
  return companyId === undefined || companyId === principal.companyId;
}

/** Texts may contain line breaks and tabs, and no other control characters. */
function checkTexts(changes: PrinterChanges | LocationChanges): void {
  for (const [name, value] of Object.entries(changes)) {
    const text = Array.isArray(value) ? value.join(';') : value;
    const isGood = typeof text !== 'string' || (text.length <= textCharacters && !/[^\P{Cc}\t\n\r]/u.test(text));
    if (!isGood)
      throw new PrintError(
        'bad-value',
        `${name} may have at most ${textCharacters} characters and no control characters.`,
      );
  }
}

function named<T>(address: T, name: string): T {
  if (isNameInPath(name)) return address;
  throw new PrintError(
    'bad-value',
    `The name ${quote(name)} is not allowed: use 1 to 64 characters without : ; / \\ ? #.`,
  );
}
