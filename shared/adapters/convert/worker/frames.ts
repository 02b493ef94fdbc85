import type { Readable, Writable } from 'node:stream';

/*
 * Messages between the service and its conversion workers, over a pipe: two lengths, a message as JSON, and octets that
 * belong to it. JSON rather than structured clones, since a worker handles hostile content and may itself be hostile.
 */

export interface Frame {
  message: unknown;
  octets: Buffer;
}

const headOctets = 8;
const none = Buffer.alloc(0);

/** Resolves when the pipe takes more, or is closed. */
export async function writeFrame(pipe: Writable, message: object, octets: Uint8Array = none): Promise<void> {
  if (pipe.destroyed) return;
  const json = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(headOctets);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(octets.length, 4);
  pipe.cork();
  pipe.write(head);
  pipe.write(json);
  if (octets.length > 0) pipe.write(octets);
  pipe.uncork();
  if (!pipe.writableNeedDrain) return;
  await new Promise<void>(resolve => {
    const done = () => {
      pipe.off('drain', done).off('close', done);
      resolve();
    };
    pipe.on('drain', done).on('close', done);
  });
}

/** Calls `onFrame` for each frame in order. The pipe is destroyed by a frame that is too large or is not JSON. */
export function readFrames(pipe: Readable, octetsAtMost: number, onFrame: (frame: Frame) => void): void {
  let held: Buffer[] = [];
  let heldOctets = 0;
  let neededOctets = headOctets;
  pipe.on('data', (chunk: Buffer) => {
    held.push(chunk);
    heldOctets += chunk.length;
    if (heldOctets < neededOctets) return;
    let rest = held.length === 1 ? chunk : Buffer.concat(held, heldOctets);
    for (;;) {
      neededOctets = octetsOfNext(rest);
      if (neededOctets > octetsAtMost) {
        pipe.destroy(new Error(`A message of ${neededOctets} octets is larger than ${octetsAtMost}.`));
        return;
      }
      if (rest.length < neededOctets) break;
      onFrame(frameIn(rest));
      rest = rest.subarray(neededOctets);
    }
    held = [rest];
    heldOctets = rest.length;
  });
}

function octetsOfNext(octets: Buffer): number {
  if (octets.length < headOctets) return headOctets;
  return headOctets + octets.readUInt32LE(0) + octets.readUInt32LE(4);
}

function frameIn(octets: Buffer): Frame {
  const jsonEnd = headOctets + octets.readUInt32LE(0);
  const end = jsonEnd + octets.readUInt32LE(4);
  return {
    message: parse(octets.toString('utf8', headOctets, jsonEnd)),
    // a copy, or else the whole chunk would be held as long as these are
    octets: Buffer.from(octets.subarray(jsonEnd, end)),
  };
}

/** What is no JSON has no meaning to the reader either. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
