import type { Principal } from '../../domain/company.ts';
import type { Ports } from '../../ports/index.ts';

/** The credits that a company has left; undefined without a limit. */
export async function describeCredits(
  { registry }: Pick<Ports, 'registry'>,
  { companyId }: Principal,
): Promise<number | undefined> {
  return await registry.remainingCredits(companyId);
}
