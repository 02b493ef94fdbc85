import { hash } from 'node:crypto';
import fc, { type Scheduler } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PrintError } from '../../../../../shared/core/domain/errors.ts';
import type { UploadId } from '../../../../../shared/core/domain/ids.ts';
import { type UploadSession, windowOctets } from '../../../../../shared/core/domain/upload-session.ts';
import { completeUpload } from '../../../../../shared/core/usecases/uploads/complete-upload.ts';
import { openUpload } from '../../../../../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../../../../../shared/core/usecases/uploads/put-segment.ts';
import { ScheduledUploads, type Turns } from './scheduled-uploads.ts';
import { principal as someone } from './upload-world.ts';

/*
 * Concurrent segments and submits of one file, each in its own process, with a random order of all store calls. Each
 * segment has its own offset and octets, so a missing one is detected.
 */

interface Race {
  slotOctets: number;
  /** for each slot, whether its segment is stored before the first submit */
  isBefore: boolean[];
  /** for each submit, after how many calls its process dies, if it does */
  submits: (number | undefined)[];
}

const raceOf = (slotOctets: number, slotsAtMost: number): fc.Arbitrary<Race> =>
  fc.record({
    slotOctets: fc.constant(slotOctets),
    isBefore: fc.array(fc.boolean(), { minLength: 1, maxLength: slotsAtMost }),
    submits: fc.array(fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }), { minLength: 1, maxLength: 3 }),
  });

/** With a quota that has room, so that stored octets are counted. */
const principal = { ...someone, storedOctets: 2 ** 40 };

/** How often the client submits again, each time with the missing segments; far more than needed. */
const attempts = 30;

/** Octets of each slot, of each size, filled once. */
const fillings = new Map<string, Buffer>();

function octetsOfSlot(slot: number, octets: number): Buffer {
  const name = `${slot} ${octets}`;
  const filling = fillings.get(name) ?? Buffer.alloc(octets, slot + 1);
  fillings.set(name, filling);
  return filling;
}

async function run(scheduler: Scheduler, { slotOctets, isBefore, submits }: Race) {
  const store = new ScheduledUploads();
  const turns: Turns = call => scheduler.schedule(Promise.resolve(), call);
  const dyingAfter = (lives: number): Turns => {
    let left = lives;
    return call => (left-- > 0 ? turns(call) : new Promise(() => {}));
  };
  const ports = store.ports(turns);
  const slots = isBefore.map((_, slot) => octetsOfSlot(slot, slotOctets));
  const acknowledged = new Set<number>();
  const answers: { session: UploadSession; bytes: Uint8Array | undefined }[] = [];

  async function put(id: UploadId, slot: number) {
    const bytes = slots[slot] as Uint8Array;
    const taking = putSegment(ports, principal, { uploadId: id, offset: slot * slotOctets, bytes });
    const isTaken = await taking.then(() => true, refusedWith('conflict'));
    if (isTaken) acknowledged.add(slot);
  }
  /** Records the document as it was when a submit returned. */
  async function submit(id: UploadId, as: Turns) {
    const completing = completeUpload(store.ports(as), principal, id);
    const session = await completing.catch(refusedWith('document-missing-bytes', 'conflict'));
    if (session) answers.push({ session, bytes: store.document(id).bytes });
    return session;
  }
  async function client(id: UploadId) {
    await Promise.all(slots.map((_, slot) => !isBefore[slot] && put(id, slot)));
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (await submit(id, turns)) return;
      for (const slot of slots.keys()) if (!acknowledged.has(slot)) await put(id, slot);
    }
  }

  const { id } = await scheduler.waitFor(openUpload(ports, principal));
  await scheduler.waitFor(Promise.all(slots.map((_, slot) => isBefore[slot] && put(id, slot))));
  const living = submits.filter(lives => lives === undefined).map(() => submit(id, turns));
  for (const lives of submits) if (lives !== undefined) void submit(id, dyingAfter(lives));
  await scheduler.waitFor(Promise.all([client(id), ...living]));
  return {
    ...store.document(id),
    acknowledged: [...acknowledged],
    slots,
    answers,
    keys: store.documentKeys,
    counted: store.countedOctets,
  };
}

const refusedWith =
  (...codes: PrintError['code'][]) =>
  (error: unknown): undefined => {
    if (!(error instanceof PrintError) || !codes.includes(error.code)) throw error;
  };

async function judge(scheduler: Scheduler, race: Race) {
  const { session, bytes, acknowledged, slots, answers, keys, counted } = await run(scheduler, race);

  const slotIn = (slot: number) => bytes?.subarray(slot * race.slotOctets, (slot + 1) * race.slotOctets);
  const lost = acknowledged.filter(slot => !slots[slot]?.equals(slotIn(slot) ?? Buffer.alloc(0)));
  expect({ state: session.state, octets: session.octets, lost }).toEqual({
    state: 'completed',
    octets: bytes?.length,
    lost: [],
  });
  if (session.document) expect(session.document.sha256).toBe(hash('sha256', bytes as Uint8Array));
  // every returned document is this one, unchanged
  for (const answer of answers) expect([answer.session, answer.bytes === bytes]).toEqual([session, true]);
  const noneDied = race.submits.every(lives => lives === undefined);
  if (noneDied) expect([keys, counted]).toEqual([[session.key], bytes?.length]);
}

describe('submits that race with segments, and with each other', () => {
  test('leave every acknowledged segment in one document: within one window', async () => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), raceOf(10, 5), judge), { numRuns: 1000 });
  }, 60_000);

  test('leave every acknowledged segment in one document: over several windows', async () => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), raceOf(windowOctets / 2, 6), judge), { numRuns: 75 });
  }, 120_000);
});
