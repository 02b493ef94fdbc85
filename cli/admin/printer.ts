import { type Printer, type PrinterName, parsePrinterKey, printerKey } from '../../shared/core/domain/printer.ts';
import { type PrinterChanges, savePrinter } from '../../shared/core/usecases/relays/manage-printers.ts';
import { deletePrinter } from '../../shared/core/usecases/relays/remove-places.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Given, type Option, only } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const list: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const printers = await ports.registry.listPrinters(companyId);
  const none = `Company ${companyId} has no printers: a relay registers its printers when it connects.`;
  return { json: { printers: printers.map(jsonOf) }, lines: printers.length > 0 ? printers.map(lineOf) : [none] };
};

const create: Work = async (ports, given) => {
  const principal = actingFor(await knownCompany(ports, given));
  const name = given.name?.[0];
  const address = addressIn(given);
  const printer = await savePrinter(ports, principal, { address, changes: name === undefined ? {} : { name } });
  const next = printer.active ? '' : ' Next: "admin printer activate".';
  return { json: jsonOf(printer), lines: [`Printer ${printerKey(printer)} is saved.${next}`] };
};

const change =
  (changes: PrinterChanges): Work =>
  async (ports, given) => {
    const company = await knownCompany(ports, given);
    const address = addressIn(given);
    const known = await ports.registry.getPrinter(company.companyId, address);
    if (!known) throw new UsageError(`Unknown printer ${printerKey(address)}. See "admin printer list".`);
    const printer = await savePrinter(ports, actingFor(company), { address, changes });
    const effect = printer.active ? 'accepts jobs' : 'accepts no jobs';
    return { json: jsonOf(printer), lines: [`${printerKey(printer)} ${effect}.`] };
  };

const remove: Work = async (ports, given) => {
  const address = addressIn(given);
  await deletePrinter(ports, actingFor(await knownCompany(ports, given)), address);
  return { json: { deleted: printerKey(address) }, lines: [`Printer ${printerKey(address)} is deleted.`] };
};

function addressIn(given: Given): PrinterName {
  const text = only(given, 'printer');
  const address = parsePrinterKey(text);
  if (!address) throw new UsageError(`--printer ${text} is not of the form LOCATION:DEVICE.`);
  return address;
}

const jsonOf = (printer: Printer) => ({
  printer: printerKey(printer),
  name: printer.name,
  active: printer.active,
  state: printer.device?.state ?? 'unknown',
  reasons: printer.device?.stateReasons ?? [],
});

const lineOf = (printer: Printer) =>
  `${printerKey(printer)}  ${printer.name}  ${printer.active ? 'active' : 'inactive'}  ${printer.device?.state ?? ''}`;

const printer: Option = { value: 'LOCATION:DEVICE', about: 'the printer, as targets name it', isRequired: true };
const options = { company: companyOption, printer };

export const printerCommands = [
  adminCommand({
    name: 'printer list',
    about: 'Lists a company’s printers.',
    options: { company: companyOption },
    run: list,
  }),
  adminCommand({
    name: 'printer create',
    about: 'Creates a printer before its relay registers it, or renames one.',
    options: { ...options, name: { value: 'TEXT', about: 'the name that people see' } },
    run: create,
  }),
  adminCommand({
    name: 'printer activate',
    about: 'Activates a printer: it accepts jobs.',
    options,
    run: change({ active: true }),
  }),
  adminCommand({
    name: 'printer deactivate',
    about: 'Deactivates a printer: it accepts no more jobs.',
    options,
    run: change({ active: false }),
  }),
  adminCommand({
    name: 'printer delete',
    about: 'Deletes a printer. A relay that still has its device registers it again, inactive.',
    options,
    run: remove,
  }),
];
