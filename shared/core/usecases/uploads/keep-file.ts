import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { UploadSession } from '../../domain/upload-session.ts';
import type { Ports } from '../../ports/index.ts';
import { createSession, newSession } from './open-upload.ts';

/*
 * Files that a client keeps here for an hour, to name them as input of later calls. Each is a session that nobody
 * completes: it stays open, and the sweep ends it with what was put there.
 */

const keptMilliseconds = 60 * 60 * 1000;

export interface KeptFile {
  session: UploadSession;
  /** takes the document by PUT, when it did not come with the request */
  putAddress?: string;
  /** credits that are left; undefined without a limit */
  remaining?: number;
  milliseconds: number;
}

type KeepPorts = Pick<Ports, 'uploads' | 'documents' | 'registry' | 'clock'>;

/** Keeps a file that came with the request. */
export async function keepFile(
  ports: KeepPorts,
  principal: Principal,
  { bytes, name }: { bytes: Uint8Array; name: string },
): Promise<KeptFile> {
  const startedAt = ports.clock.now();
  if (bytes.length === 0) throw new PrintError('bad-value', 'The file is empty.');
  const fresh = sessionNamed(ports, principal, name);
  const document = await ports.documents.put(fresh.key, bytes);
  const kept = { ...fresh, octets: bytes.length, reservedOctets: bytes.length, document };
  const session = await createSession(ports, principal, kept);
  return { session, ...(await closing(ports, principal, startedAt)) };
}

/** An address that takes a file, and the session under which it is kept. */
export async function openFile(
  ports: KeepPorts,
  principal: Principal,
  { name, seconds }: { name: string; seconds: number },
): Promise<KeptFile> {
  const startedAt = ports.clock.now();
  const session = await createSession(ports, principal, sessionNamed(ports, principal, name));
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
