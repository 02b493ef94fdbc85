import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import type { Ports } from '../../ports/index.ts';
import { getPrinter } from './manage-printers.ts';

/**
 * Has a printer show which one it is, by light or sound. The relay passes it on when the message arrives, and reports
 * nothing: a person sees it. Relays that cannot pass it on report no printer that can identify itself.
 */
export async function identifyPrinter(
  ports: Pick<Ports, 'registry' | 'relayLink'>,
  principal: Principal,
  address: PrinterName,
): Promise<{ printer: string; actions: string[] }> {
  const printer = await getPrinter(ports, principal, address);
  const key = printerKey(printer);
  const actions = printer.device?.attributes['identify-actions-supported'];
  if (!actions) {
    throw new PrintError(
      'conflict',
      `${key} does not offer IPP's operation Identify-Printer, or its relay is of an older release. Print a test page instead.`,
    );
  }
  const location = await ports.registry.getLocation(principal.companyId, address.locationId);
  if (!location?.relayId || !location.online) {
    throw new PrintError('conflict', `The relay of ${address.locationId} is offline, so ${key} cannot be reached.`);
  }
  await ports.relayLink.publish(location.relayId, { type: 'identify', deviceId: address.deviceId });
  return { printer: key, actions };
}
