import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { sniffFormat } from '../../../../../shared/core/domain/document.ts';
import { PrintError } from '../../../../../shared/core/domain/errors.ts';
import type { CompanyId, UploadId } from '../../../../../shared/core/domain/ids.ts';
import {
  type ComposedPart,
  octetsOf,
  type Piece,
  type UploadSession,
} from '../../../../../shared/core/domain/upload-session.ts';
import type {
  DocumentStore,
  Part,
  PieceStore,
  Saved,
  StoredOctets,
  UploadStore,
} from '../../../../../shared/core/ports/index.ts';
import type { UploadPorts } from './upload-world.ts';

/*
 * In-memory upload stores that behave like S3 and DynamoDB. Each call waits for the scheduler twice, before it takes
 * effect and before it returns, so any order of events on a network can be produced and reproduced. A segment is
 * accepted at any time, since S3 cannot seal a prefix.
 */

/** Resolves when the call is scheduled; never, for a process that died. */
export type Turns = (call: string) => Promise<unknown>;

interface Multipart {
  key: string;
  parts: Map<number, { etag: string; bytes: Uint8Array }>;
}

export class ScheduledUploads {
  readonly #sessions = new Map<UploadId, UploadSession>();
  readonly #composed = new Map<UploadId, Map<number, ComposedPart>>();
  readonly #pieces = new Map<UploadId, { piece: Piece; bytes: Uint8Array }[]>();
  readonly #documents = new Map<string, Uint8Array>();
  readonly #multiparts = new Map<string, Multipart>();
  #tokens = 0;
  #counted = 0;

  /** The document stored at the session's key. */
  document(id: UploadId): { session: UploadSession; bytes: Uint8Array | undefined } {
    const session = this.#sessions.get(id) as UploadSession;
    return { session, bytes: this.#documents.get(session.key) };
  }

  get documentKeys(): string[] {
    return [...this.#documents.keys()];
  }

  /** In the quota of stored octets. */
  get countedOctets(): number {
    return this.#counted;
  }

  /** The ports of one process. */
  ports(turns: Turns): UploadPorts {
    const clock = { now: () => 0, token: () => (++this.#tokens).toString(16).padStart(32, '0') };
    return {
      uploads: taking(turns, 'uploads', this.#uploads) as UploadStore,
      pieces: taking(turns, 'pieces', { ...this.#pieceStore, compose: this.#composing(turns) }) as PieceStore,
      documents: taking(turns, 'documents', this.#documentStore) as DocumentStore,
      storedOctets: taking(turns, 'storedOctets', this.#storedOctets) as StoredOctets,
      clock: clock as UploadPorts['clock'],
    };
  }

  readonly #uploads = {
    create: (session: UploadSession) => {
      this.#sessions.set(session.id, { ...session, version: 1 });
      return { ...session, version: 1 };
    },
    get: (id: UploadId) => copyOf(this.#sessions.get(id)),
    nextOrdinal: (id: UploadId, octets: number, companyId: CompanyId) => {
      const session = this.#sessions.get(id);
      if (session?.state !== 'open' || session.companyId !== companyId) return undefined;
      if (session.stagedOctets + octets > session.reservedOctets) return 'no-room';
      session.ordinal += 1;
      session.stagedOctets += octets;
      return copyOf(session);
    },
    reserve: ({ id, reservedOctets }: UploadSession, octets: number) => {
      const session = this.#sessions.get(id);
      if (session?.state !== 'open' || session.reservedOctets !== reservedOctets) return undefined;
      session.reservedOctets = octets;
      return copyOf(session);
    },
    save: (session: UploadSession): Saved<UploadSession> => {
      const there = this.#sessions.get(session.id);
      if (there?.version !== session.version) return { conflict: copyOf(there) };
      const { ordinal, stagedOctets, reservedOctets, version } = there;
      const saved = { ...session, ordinal, stagedOctets, reservedOctets, version: version + 1 };
      this.#sessions.set(session.id, saved);
      return { saved: { ...saved } };
    },
    recordPart: (id: UploadId, part: ComposedPart) => {
      this.#composed.set(id, (this.#composed.get(id) ?? new Map()).set(part.part, part));
    },
    composedParts: (id: UploadId) => [...(this.#composed.get(id)?.values() ?? [])],
  };

  readonly #storedOctets = {
    add: (_company: CompanyId, octets: number, atMost = Number.POSITIVE_INFINITY) => {
      const hasRoom = this.#counted + octets <= atMost;
      if (hasRoom) this.#counted += octets;
      return hasRoom;
    },
  };

  readonly #pieceStore = {
    put: ({ id }: UploadSession, piece: Piece, bytes: Uint8Array) => {
      this.#pieces.set(id, [...(this.#pieces.get(id) ?? []), { piece, bytes }]);
    },
    list: ({ id }: UploadSession) => (this.#pieces.get(id) ?? []).map(({ piece }) => piece),
    read: ({ id }: UploadSession, piece: Piece) => this.#read(id, piece),
    deleteAll: ({ id }: UploadSession) => {
      this.#pieces.delete(id);
    },
  };

  readonly #documentStore = {
    put: (key: string, bytes: Uint8Array) => {
      this.#documents.set(key, bytes);
      return { key, octets: bytes.length, sha256: hash('sha256', bytes), format: sniffFormat(bytes) };
    },
    read: (key: string) => {
      const bytes = this.#documents.get(key);
      return bytes && Readable.from([bytes]);
    },
    octets: (key: string) => this.#documents.get(key)?.length,
    delete: (keys: string[]) => {
      for (const key of keys) this.#documents.delete(key);
    },
    createMultipart: (key: string) => {
      const id = `multipart ${++this.#tokens}`;
      this.#multiparts.set(id, { key, parts: new Map() });
      return id;
    },
    abortMultipart: (_key: string, id: string) => {
      this.#multiparts.delete(id);
    },
    completeMultipart: (key: string, id: string, parts: Part[]) => {
      const areInOrder = parts.length > 0 && parts.every(({ part }, index) => part === index + 1);
      if (!areInOrder) throw new PrintError('bad-value', 'Invalid parts: number them from 1 without a gap.');
      const upload = this.#multiparts.get(id);
      const there = this.#documents.get(key);
      if (!upload) return there ? { octets: there.length } : 'gone';
      if (parts.some(({ part, etag }) => upload.parts.get(part)?.etag !== etag)) return 'part-changed';
      const bytes = Buffer.concat(parts.map(({ part }) => upload.parts.get(part)?.bytes as Uint8Array));
      this.#documents.set(key, bytes);
      this.#multiparts.delete(id);
      return { octets: bytes.length };
    },
  };

  /** Downloads the pieces and uploads them as a part. */
  #composing(turns: Turns): PieceStore['compose'] {
    return async ({ id, multipartId = '' }, part, runs) => {
      const bytes = await octetsOf(runs, async piece => this.#read(id, piece));
      await turns('documents.putPart');
      return this.#putPart(multipartId, part, bytes);
    };
  }

  #read(id: UploadId, wanted: Piece): Uint8Array {
    const isIt = (piece: Piece) => piece.offset === wanted.offset && piece.ordinal === wanted.ordinal;
    const found = this.#pieces.get(id)?.find(({ piece }) => isIt(piece));
    if (!found) throw new PrintError('not-found', 'No such segment: it was deleted.');
    return found.bytes;
  }

  #putPart(id: string, part: number, bytes: Uint8Array): string {
    const upload = this.#multiparts.get(id);
    if (!upload) throw new PrintError('not-found', 'No such upload: it was completed, aborted or has expired.');
    const etag = `"${crc32(bytes)}"`;
    upload.parts.set(part, { etag, bytes });
    return etag;
  }
}

/** Wraps each method as a network call. */
function taking(turns: Turns, store: string, methods: object): unknown {
  const calls = Object.entries(methods).map(([name, method]) => [
    name,
    async (...given: unknown[]) => {
      await turns(`${store}.${name}`);
      const outcome = await attempted(() => method(...given));
      await turns(`${store}.${name} answers`);
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
  ]);
  return Object.fromEntries(calls);
}

async function attempted(work: () => unknown): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

const copyOf = (session: UploadSession | undefined) => session && { ...session };
