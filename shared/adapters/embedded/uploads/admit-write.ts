import { parseUploadId } from '../../../core/domain/ids.ts';
import { quotaOf } from '../../../core/domain/upload-quota.ts';
import type { Registry, UploadStore } from '../../../core/ports/index.ts';

/** Whether a company may write a document of this size at the address of one of its uploads. */
export type AdmitWrite = (key: string, octets: number) => Promise<boolean>;

/**
 * An address is given out before the size of its document is known: what the upload has reserved is raised to the size
 * that the writer announces, or the write is refused. Keys that are not those of an upload are none of the quota's.
 */
export function admitWrites(uploads: UploadStore, registry: Registry): AdmitWrite {
  return async (key, octets) => {
    const id = parseUploadId(key.slice(key.lastIndexOf('/') + 1));
    for (;;) {
      const session = id && (await uploads.get(id));
      if (!session || octets <= session.reservedOctets) return true;
      const company = await registry.getCompany(session.companyId);
      const outcome = await uploads.reserve(session, octets, quotaOf(company ?? {}));
      if (typeof outcome === 'string') return false;
      // a session that has ended takes no document any more
      if (!outcome && (await uploads.get(session.id))?.state !== 'open') return false;
    }
  };
}
