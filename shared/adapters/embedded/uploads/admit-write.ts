import { parseUploadId } from '../../../core/domain/ids.ts';
import { quotaOf } from '../../../core/domain/upload-quota.ts';
import { isUnderWay, type UploadSession } from '../../../core/domain/upload-session.ts';
import type { Registry, UploadStore } from '../../../core/ports/index.ts';

/** Whether a document of this size may be written at the address of an upload. */
export type AdmitWrite = (key: string, octets: number) => Promise<boolean>;

/**
 * An address is given out before the size of its document is known: what the upload has reserved is raised to the size
 * that the writer announces. Refused is what is too large for the company, and what is for an upload that has ended. Keys
 * that are not those of an upload are none of the quota's.
 */
export function admitWrites(uploads: UploadStore, registry: Registry): AdmitWrite {
  return async (key, octets) => {
    for (;;) {
      const session = await sessionOf(uploads, key);
      if (!session) return true;
      if (!isUnderWay(session)) return false;
      const quota = quotaOf((await registry.getCompany(session.companyId)) ?? {});
      if (octets > quota.documentOctets) return false;
      if (octets <= session.reservedOctets) return true;
      const outcome = await uploads.reserve(session, octets, quota);
      if (typeof outcome === 'string') return false;
    }
  };
}

/** The id is in one of the key's segments: of release 0.1.0, in the last. */
async function sessionOf(uploads: UploadStore, key: string): Promise<UploadSession | undefined> {
  const ids = key.split('/').slice(2).map(parseUploadId);
  const sessions = await Promise.all(ids.map(id => id && uploads.get(id)));
  return sessions.find(session => session?.key === key);
}
