import { parsePrinterKey, printerKey } from '../../shared/core/domain/printer.ts';
import { savePrinter } from '../../shared/core/usecases/relays/manage-printers.ts';
import { type Option, only, UsageError } from '../command.ts';
import { actingFor, adminCommand, companyOption, knownCompany, type Work } from './admin-command.ts';

const list: Work = async (ports, given) => {
  const { companyId } = await knownCompany(ports, given);
  const printers = await ports.registry.listPrinters(companyId);
  if (printers.length === 0) return [`Company ${companyId} has no printers: a relay announces those that it has.`];
  return printers.map(
    printer =>
      `${printerKey(printer)}  ${printer.name}  ${printer.active ? 'active' : 'inactive'}  ${printer.device?.state ?? ''}`,
  );
};

const setActive =
  (active: boolean): Work =>
  async (ports, given) => {
    const company = await knownCompany(ports, given);
    const address = parsePrinterKey(only(given, 'printer'));
    const known = address && (await ports.registry.getPrinter(company.companyId, address));
    if (!known) throw new UsageError(`There is no printer ${only(given, 'printer')}: see "admin printer list".`);
    await savePrinter(ports, actingFor(company), { address: known, changes: { active } });
    return [`${printerKey(known)} ${active ? 'takes jobs' : 'takes no jobs'}.`];
  };

const printer: Option = { value: 'LOCATION:DEVICE', about: 'the printer, as targets name it', isRequired: true };
const company = companyOption;

export const printerCommands = [
  adminCommand('printer list', 'Shows a company’s printers.', { company }, list),
  adminCommand('printer activate', 'Lets a printer take jobs.', { company, printer }, setActive(true)),
  adminCommand('printer deactivate', 'Lets a printer take no more jobs.', { company, printer }, setActive(false)),
];
