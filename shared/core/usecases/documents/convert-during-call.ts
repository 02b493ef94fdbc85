import type { Conversion } from '../../domain/conversion.ts';
import type { CompanyId } from '../../domain/ids.ts';
import type { ConversionContext, Converted, Converter, Octets, Ports } from '../../ports/index.ts';

/** Less than a gateway waits for its function. */
export const callSeconds = 25;

/**
 * Makes a document, or several, for a client that waits for the answer. Undefined if it takes longer than a gateway waits.
 * Throws as the converter does.
 */
export async function convertDuringCall(
  { converter, clock }: Pick<Ports, 'clock'> & { converter: Converter },
  companyId: CompanyId,
  conversion: Conversion,
  read: ConversionContext['read'],
): Promise<Converted<Octets> | undefined> {
  const startedAt = clock.now();
  const isWanted = async () => clock.now() - startedAt < callSeconds * 1000;
  return await converter.convert(conversion, { companyId, read, onStep: () => {}, isWanted });
}

/** The first document that was made. */
export function firstMade({ bytes }: Converted<Octets>): Octets | undefined {
  return Array.isArray(bytes) ? bytes[0]?.bytes : bytes;
}
