import { type Principal, storeIsFull } from '../../domain/company.ts';
import type { CompanyId } from '../../domain/ids.ts';
import type { Ports } from '../../ports/index.ts';

/*
 * The quota `storedOctets`. Only documents of companies that have it are counted: each count costs a read and a write in
 * AWS. Uploads count in it when they become documents; until then they have a quota of their own.
 */

/** Counts a document before it is stored. Throws `too-many` if the company's quota has no room for it. */
export async function admitOctets(
  { storedOctets }: Pick<Ports, 'storedOctets'>,
  { companyId, storedOctets: atMost }: Pick<Principal, 'companyId' | 'storedOctets'>,
  octets: number,
): Promise<void> {
  if (atMost !== undefined && !(await storedOctets.add(companyId, octets, atMost))) throw storeIsFull(atMost);
}

/** Takes back the count of a document that was admitted, and is not stored. */
export async function withdrawOctets(
  { storedOctets }: Pick<Ports, 'storedOctets'>,
  { companyId, storedOctets: atMost }: Pick<Principal, 'companyId' | 'storedOctets'>,
  octets: number,
): Promise<void> {
  if (atMost !== undefined) await storedOctets.add(companyId, -octets);
}

/** Counts what the service has made of documents that it admitted. */
export async function countMade(
  { registry, storedOctets }: Pick<Ports, 'registry' | 'storedOctets'>,
  companyId: CompanyId,
  octets: number,
): Promise<void> {
  const company = await registry.getCompany(companyId);
  if (company?.storedOctets !== undefined) await storedOctets.add(companyId, octets);
}
