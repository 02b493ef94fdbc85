import { companyPrefixes } from '../../../core/domain/document.ts';
import type { CompanyId } from '../../../core/domain/ids.ts';
import type { DocumentStore, StoredOctets } from '../../../core/ports/index.ts';

/** A measurement reads a whole folder. */
const [usualAge, fullAge] = [5 * 60_000, 10_000];

interface Measured {
  at: number;
  /** with what was counted since */
  octets: number;
}

export function makeStoredOctets(documents: Pick<DocumentStore, 'list'>, now: () => number): StoredOctets {
  const known = new Map<CompanyId, Promise<Measured>>();

  async function measure(companyId: CompanyId): Promise<Measured> {
    const at = now();
    const lists = await Promise.all(companyPrefixes(companyId).map(prefix => documents.list(prefix)));
    return { at, octets: lists.flat().reduce((sum, { octets }) => sum + octets, 0) };
  }

  /** The last measurement, or a new one if that is older. */
  async function measured(companyId: CompanyId, age: number): Promise<Measured> {
    const last = known.get(companyId);
    const isRecent = last && now() - (await last).at < age;
    // another call may have begun one meanwhile
    if (!isRecent && known.get(companyId) === last) {
      const next = measure(companyId);
      known.set(companyId, next);
      next.catch(() => known.delete(companyId));
    }
    return await (known.get(companyId) ?? measured(companyId, age));
  }

  return {
    async add(companyId, octets, atMost = Number.POSITIVE_INFINITY) {
      for (const age of [usualAge, fullAge]) {
        const kept = await measured(companyId, age);
        if (kept.octets + octets > atMost) continue;
        kept.octets += octets;
        return true;
      }
      return false;
    },
  };
}
