import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentOf } from '../../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../../shared/adapters/embedded/open-embedded.ts';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { CompanyId, UploadId } from '../../../../../shared/core/domain/ids.ts';
import type { Piece, Run, UploadSession } from '../../../../../shared/core/domain/upload-session.ts';
import type { DocumentStore, PieceStore, Ports } from '../../../../../shared/core/ports/index.ts';
import { completeUpload } from '../../../../../shared/core/usecases/uploads/complete-upload.ts';
import { openUpload } from '../../../../../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../../../../../shared/core/usecases/uploads/put-segment.ts';

/*
 * The upload use cases with the embedded adapters, and a model: an array into which each piece is copied in ordinal
 * order, and another that records which octets were written.
 */

const leastPartOctets = 5 * 1024 * 1024;
const partsAtMost = 10_000;
/** Segments are cut from it, so that an octet at a wrong offset differs. */
const noise = randomBytes(24 * 1024 * 1024);

export interface TestSegment {
  offset: number;
  octets: number;
  /** offset of its octets in the noise */
  seed: number;
}

export type UploadPorts = Pick<Ports, 'uploads' | 'documents' | 'pieces' | 'storedOctets' | 'clock'>;

export interface UploadWorld {
  ports: UploadPorts;
  /** how often a part was composed */
  composed: number;
  /** called when a window is about to be composed */
  beforeComposing: (window: number) => Promise<unknown>;
  /** the store has other parts than were recorded, until every window is composed again */
  losesParts: boolean;
  open(principal?: Principal): Promise<Upload>;
  close(): Promise<void>;
}

export const principal: Principal = { companyId: 'acme' as CompanyId, scopes: ['print'] };

export async function openUploadWorld(): Promise<UploadWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-uploads-'));
  const { uploads, documents, pieces, storedOctets, clock, close } = await openEmbedded({
    folder,
    publicUrl: () => 'http://x',
  });
  const written = new Map<string, WrittenPiece[]>();
  const observed: PieceStore = {
    ...pieces,
    async put(session, piece, bytes) {
      await pieces.put(session, piece, bytes);
      written.set(session.id, [...(written.get(session.id) ?? []), { piece, bytes }]);
    },
    async compose(session: UploadSession, part: number, runs: Run[]) {
      world.composed++;
      const [etag] = await Promise.all([pieces.compose(session, part, runs), world.beforeComposing(part - 1)]);
      return etag;
    },
  };
  /** Refuses to complete what has a part that it does not have [Amazon S3, CompleteMultipartUpload, InvalidPart]. */
  const forgetful = (kept: DocumentStore): DocumentStore => {
    let composedAtLoss: number | undefined;
    return new Proxy(kept, {
      get(target, name: keyof DocumentStore) {
        if (name !== 'completeMultipart') return target[name];
        return async (...values: Parameters<DocumentStore['completeMultipart']>) => {
          if (world.losesParts) composedAtLoss ??= world.composed;
          const isWhole = composedAtLoss === undefined || world.composed >= composedAtLoss + values[2].length;
          return isWhole ? await target.completeMultipart(...values) : 'part-changed';
        };
      },
    });
  };
  const world: UploadWorld = {
    ports: { uploads, documents: forgetful(strict(documents)), pieces: observed, storedOctets, clock },
    composed: 0,
    losesParts: false,
    beforeComposing: async () => {},
    async open(as = principal) {
      const session = await openUpload(world.ports, as);
      return new Upload(world.ports, session, () => written.get(session.id) ?? []);
    },
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
  return world;
}

/** Accepts what S3 accepts [Amazon S3, multipart upload limits]. */
function strict(documents: DocumentStore): DocumentStore {
  return new Proxy(documents, {
    get(target, name: keyof DocumentStore) {
      if (name !== 'completeMultipart') return (target[name] as (...given: unknown[]) => unknown).bind(target);
      return (...[key, id, parts]: Parameters<DocumentStore['completeMultipart']>) => {
        if (parts.slice(0, -1).some(part => part.octets < leastPartOctets)) throw new Error('EntityTooSmall');
        if (parts.length > partsAtMost) throw new Error('TooManyParts');
        return target.completeMultipart(key, id, parts);
      };
    },
  });
}

interface WrittenPiece {
  piece: Piece;
  bytes: Uint8Array;
}

export class Upload {
  readonly id: UploadId;
  readonly #ports: UploadPorts;
  readonly #written: () => WrittenPiece[];

  constructor(ports: UploadPorts, { id }: UploadSession, written: () => WrittenPiece[]) {
    this.#ports = ports;
    this.id = id;
    this.#written = written;
  }

  put({ offset, octets, seed }: TestSegment): Promise<number> {
    const bytes = noise.subarray(seed, seed + octets);
    return putSegment(this.#ports, principal, { uploadId: this.id, offset, bytes });
  }

  complete(): Promise<UploadSession> {
    return completeUpload(this.#ports, principal, this.id);
  }

  async content(): Promise<Buffer | undefined> {
    const session = await this.#ports.uploads.get(this.id);
    return await contentOf(await this.#ports.documents.read(session?.key as string));
  }

  get ordinals(): number[] {
    return this.#written().map(({ piece }) => piece.ordinal);
  }

  /** The expected document, and the ranges [from, to) that were not written. */
  expected(): { document: Buffer; holes: { from: number; to: number }[] } {
    const pieces = this.#written().toSorted((a, b) => a.piece.ordinal - b.piece.ordinal);
    const octets = Math.max(0, ...pieces.map(({ piece }) => piece.offset + piece.octets));
    const document = Buffer.alloc(octets);
    const isWritten = Buffer.alloc(octets);
    for (const { piece, bytes } of pieces) {
      document.set(bytes, piece.offset);
      isWritten.fill(1, piece.offset, piece.offset + piece.octets);
    }
    const holes = [];
    for (let from = isWritten.indexOf(0); from >= 0; ) {
      const to = isWritten.indexOf(1, from);
      holes.push({ from, to });
      from = isWritten.indexOf(0, to);
    }
    return { document, holes };
  }
}
