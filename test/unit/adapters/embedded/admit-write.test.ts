import { describe, expect, it } from 'vitest';
import { someSession } from '../../../../doubles/samples.ts';
import { admitWrites } from '../../../../shared/adapters/embedded/uploads/admit-write.ts';
import type { Company } from '../../../../shared/core/domain/company.ts';
import { putFileKey } from '../../../../shared/core/domain/document.ts';
import type { CompanyId, UploadId } from '../../../../shared/core/domain/ids.ts';
import { quotaOf } from '../../../../shared/core/domain/upload-quota.ts';
import type { UploadSession } from '../../../../shared/core/domain/upload-session.ts';
import type { Registry, UploadStore } from '../../../../shared/core/ports/index.ts';

const company = 'company' as CompanyId;
const { documentOctets } = quotaOf({});

/** One upload, whose reservation meets these outcomes in turn; undefined: the session was changed by another call. */
function open(changes: Partial<UploadSession> = {}, outcomes: Awaited<ReturnType<UploadStore['reserve']>>[] = []) {
  const id = '0'.repeat(32) as UploadId;
  const session = someSession(company, { id, key: putFileKey(company, id), reservedOctets: 100, ...changes });
  const reserved: number[] = [];
  const uploads: Pick<UploadStore, 'get' | 'reserve'> = {
    get: async asked => (asked === id ? session : undefined),
    async reserve(_session, octets) {
      reserved.push(octets);
      const outcome = outcomes.shift();
      if (typeof outcome === 'string') return outcome;
      session.reservedOctets = outcome === undefined && outcomes.length > 0 ? session.reservedOctets : octets;
      return outcome;
    },
  };
  const registry: Pick<Registry, 'getCompany'> = { getCompany: async (): Promise<Company | undefined> => undefined };
  return { admit: admitWrites(uploads as UploadStore, registry as Registry), session, reserved };
}

describe('a document that is written at the address of an upload', () => {
  it.each<[string, Partial<UploadSession>, number, boolean, number[]]>([
    ['as large as it has reserved', {}, 100, true, []],
    ['larger', {}, 101, true, [101]],
    ['as large as a document may be', {}, documentOctets, true, [documentOctets]],
    ['larger than a document may be', {}, documentOctets + 1, false, []],
    ['of an upload that is being closed', { state: 'closing' }, 100, true, []],
    ['of an upload that was completed', { state: 'completed' }, 100, false, []],
    ['of an upload that was aborted', { state: 'aborted' }, 100, false, []],
  ])('is admitted if there is room: %s', async (_name, changes, octets, isAdmitted, expected) => {
    const { admit, session, reserved } = open(changes);

    expect(await admit(session.key, octets)).toBe(isAdmitted);
    expect(reserved).toEqual(expected);
  });

  it('is refused where the quota is reached', async () => {
    const { admit, session } = open({}, ['too-many-octets']);

    expect(await admit(session.key, 101)).toBe(false);
  });

  it('is looked at again when the upload has changed meanwhile', async () => {
    const { admit, session, reserved } = open({}, [undefined, 'too-many-octets']);

    expect(await admit(session.key, 101)).toBe(false);
    expect(reserved).toEqual([101, 101]);
  });

  it.each(['', '/more', 'x'])('is none of the quota’s at another key: %s', async ending => {
    const { admit, session } = open({ state: 'completed' });
    const other = ending === '' ? 'companies/company/documents/d' : `${session.key}${ending}`;

    expect(await admit(other, 101)).toBe(true);
  });
});
