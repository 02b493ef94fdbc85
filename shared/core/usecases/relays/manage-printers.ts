import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import {
  emptyPrinter,
  isNameInPath,
  type Location,
  newLocation,
  type Printer,
  type PrinterName,
} from '../../domain/printer.ts';
import { asKnown } from '../../domain/printer-conditions.ts';
import type { Ports } from '../../ports/index.ts';
import { saveWith } from '../save-versioned.ts';

/** A printer or location of some company, as a client's path names it. */
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
  >
>;

export type LocationChanges = Partial<
  Pick<Location, 'name' | 'active' | 'type' | 'allowFrom' | 'email' | 'email2' | 'phone' | 'notes'>
>;

/** A location with its printers: the way to find what can be printed on. */
export interface LocationView {
  location: Location;
  printers: Printer[];
}

/** Several of them have to fit into one item of a table [Amazon DynamoDB, 400 KB]. */
const textCharacters = 2000;

type RegistryPorts = Pick<Ports, 'registry'>;

export async function getPrinter(ports: RegistryPorts, principal: Principal, address: PrinterAddress) {
  const printer = isTheirs(principal, address) && (await ports.registry.getPrinter(principal.companyId, address));
  if (!printer) throw new PrintError('not-found', 'Unknown device.');
  return asKnown(printer, await ports.registry.getLocation(principal.companyId, printer.locationId));
}

/** With their states as far as they are known now. */
export async function listPrinters({ registry }: RegistryPorts, { companyId }: Principal): Promise<Printer[]> {
  const [printers, found] = await Promise.all([registry.listPrinters(companyId), registry.listLocations(companyId)]);
  const locations = new Map(found.map(location => [location.locationId, location]));
  return printers.map(printer => asKnown(printer, locations.get(printer.locationId)));
}

export async function getLocation(
  ports: RegistryPorts,
  principal: Principal,
  address: LocationAddress,
): Promise<LocationView> {
  const { companyId } = principal;
  const location = isTheirs(principal, address) && (await ports.registry.getLocation(companyId, address.locationId));
  if (!location) throw new PrintError('not-found', 'Unknown location.');
  const printers = await ports.registry.listPrinters(companyId, address.locationId);
  return { location, printers: printers.map(printer => asKnown(printer, location)) };
}

/** Changes what is given and leaves the rest; makes the printer when its location is there and it is not. */
export async function savePrinter(
  ports: RegistryPorts,
  principal: Principal,
  { address, changes }: { address: PrinterAddress; changes: PrinterChanges },
): Promise<Printer> {
  await getLocation(ports, principal, address);
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

/** Changes what is given and leaves the rest; makes the location when it is not there. */
export async function saveLocation(
  ports: RegistryPorts,
  principal: Principal,
  { address, changes }: { address: LocationAddress; changes: LocationChanges },
): Promise<LocationView> {
  if (!isTheirs(principal, address)) throw new PrintError('not-found', 'Unknown location.');
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

/** A path that names a company names the caller's own, or nothing. */
function isTheirs(principal: Principal, { companyId }: { companyId?: string }): boolean {
  return companyId === undefined || companyId === principal.companyId;
}

/** Texts may have several lines, and no other control characters. */
function checkTexts(changes: PrinterChanges | LocationChanges): void {
  for (const [name, value] of Object.entries(changes)) {
    const text = Array.isArray(value) ? value.join(';') : value;
    const isGood = typeof text !== 'string' || (text.length <= textCharacters && !/[^\P{Cc}\t\n\r]/u.test(text));
    if (!isGood) throw new PrintError('bad-value', `${name}: at most ${textCharacters} characters, none of control.`);
  }
}

function named<T>(address: T, name: string): T {
  if (isNameInPath(name)) return address;
  throw new PrintError('bad-value', 'Names have 1 to 64 characters and none of : ; / \\ ? #.');
}
