import * as z from 'zod/mini';
import type { Conversion } from '../../../core/domain/conversion.ts';
import { renderErrorCodes } from '../../web/render-error.ts';

/*
 * The messages between the service and a conversion worker. Each conversion of a worker is a `run` with a number.
 *
 *   service                     worker
 *   ── convert ───────────────>
 *   <──────────────── read ──   the octets of one of the conversion's sources, by its place among them
 *   ── octets ..., end-of-octets, no-document or unreadable ──>
 *   <──────────────── step ──   what the job shows
 *   <─────── away, returned ─   the run waits for the network and needs no permit; it has come back and needs one
 *   ── go ────────────────────> it has one
 *   <─── file ..., done ─────   the octets of each file in turn, then what holds for all of them
 *   <────────────── failed ──
 *   ── cancel ────────────────> the run ends with `failed`
 */

export type ToWorker =
  | { type: 'convert'; run: number; conversion: Conversion; deadlineMs: number; allowFetch: readonly string[] }
  | { type: 'octets' | 'end-of-octets' | 'no-document' | 'unreadable'; run: number; read: number }
  | { type: 'go' | 'cancel'; run: number };

/** A request may hold 16 MB of markup, which JSON may escape to six times as much. */
export const toWorkerOctets = 128 * 1024 * 1024;
/** Files are sent in pieces. */
export const pieceOctets = 256 * 1024;
export const fromWorkerOctets = 1024 * 1024;

const run = z.int();
const sentence = z.string().check(z.maxLength(4000));

const fromWorker = z.discriminatedUnion('type', [
  z.object({ type: z.literal('read'), run, read: z.int(), source: z.int() }),
  z.object({
    type: z.literal('step'),
    run,
    step: z.enum(['starting', 'downloading', 'downloaded', 'rendering', 'rendering-pdf']),
  }),
  z.object({ type: z.enum(['away', 'returned']), run }),
  z.object({
    type: z.literal('file'),
    run,
    file: z.int().check(z.minimum(0), z.maximum(10_000)),
    suffix: z.optional(z.string().check(z.maxLength(100))),
  }),
  z.object({
    type: z.literal('done'),
    run,
    isList: z.boolean(),
    pageCount: z.optional(z.int()),
    warnings: z.array(sentence).check(z.maxLength(200)),
    /** resident memory of the worker */
    megabytes: z.number(),
  }),
  z.object({
    type: z.literal('failed'),
    run,
    /** absent: the failure is a defect of this program */
    code: z.optional(z.enum(renderErrorCodes)),
    message: sentence,
    megabytes: z.number(),
  }),
]);

export type FromWorker = z.output<typeof fromWorker>;

/** Undefined for an invalid message. */
export const readFromWorker = (message: unknown): FromWorker | undefined => fromWorker.safeParse(message).data;
