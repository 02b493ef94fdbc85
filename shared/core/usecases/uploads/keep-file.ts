import type { Principal } from '../../domain/company.ts';
import { putFileKey } from '../../domain/document.ts';
import { PrintError } from '../../domain/errors.ts';
import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { createSession, newSession } from './open-upload.ts';

/*
 * Files that a client stores for an hour as input of later calls. Each is an upload session that is never completed: it
 * stays open until the sweep ends it and deletes the file.
 */

const keptMilliseconds = 60 * 60 * 1000;

export interface KeptFile {
  session: UploadSession;
  /** where the client can PUT the document, when the request did not contain it */
  putAddress?: string;
  /** credits that are left; undefined without a limit */
  remaining?: number;
  milliseconds: number;
}

type KeepPorts = Pick<Ports, 'uploads' | 'documents' | 'registry' | 'clock'>;

/** Stores a file that came with the request. */
export async function keepFile(
  ports: KeepPorts,
  principal: Principal,
  { bytes, name }: { bytes: Uint8Array; name: string },
): Promise<KeptFile> {
  const startedAt = ports.clock.now();
  if (bytes.length === 0) throw new PrintError('bad-value', 'The file is empty: the request has no bytes.');
  const fresh = sessionNamed(ports, principal, name);
  const document = await ports.documents.put(fresh.key, bytes);
  const kept = { ...fresh, octets: bytes.length, reservedOctets: bytes.length, document };
  const session = await createSession(ports, principal, kept).catch(async refusal => {
    await ports.documents.delete([fresh.key]);
    throw refusal;
  });
  return { session, ...(await closing(ports, principal, startedAt)) };
}

/** Opens a session for a file and returns the address to which the client can PUT it. */
export async function openFile(
  ports: KeepPorts,
  principal: Principal,
  { name, seconds }: { name: string; seconds: number },
): Promise<KeptFile> {
  const startedAt = ports.clock.now();
  const fresh = sessionNamed(ports, principal, name);
  const key = putFileKey(principal.companyId, fresh.id);
  const session = await createSession(ports, principal, { ...fresh, key });
  const putAddress = await ports.documents.presignWrite(session.key, seconds);
  return { session, putAddress, ...(await closing(ports, principal, startedAt)) };
}

function sessionNamed(ports: KeepPorts, principal: Principal, name: string): UploadSession {
  const session = newSession(ports, principal);
  return { ...session, name, expiresAt: session.createdAt + keptMilliseconds };
}

async function closing({ registry, clock }: KeepPorts, { companyId }: Principal, startedAt: number) {
  const remaining = await registry.remainingCredits(companyId);
  return { remaining, milliseconds: clock.now() - startedAt };
}
