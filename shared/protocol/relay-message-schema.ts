import * as z from 'zod/mini';
import type { JobId, RelayId } from '../core/domain/ids.ts';
import { type Device, type DeviceAttributes, isNameInPath } from '../core/domain/printer.ts';
import type { Report, UpMessage } from './relay-protocol.ts';

/*
 * Validates relay messages. A relay runs on a customer's machine and is not trusted: no part of a message is used or
 * stored before it was validated here. Unknown members are dropped, so newer relays may send more.
 */

/** Maximum number of output devices of a relay; more is a defect or an attack. */
const devicesAtMost = 500;
/** A relay sends at most ten; twice as many are accepted. */
const reportsAtMost = 20;
/** The number that fits into the largest MQTT message [AWS IoT Core: 128 KiB]. */
const attemptsAtMost = 5000;
/** Longest keyword, name and text of IPP [RFC 8011 5.1.2 to 5.1.4], in characters. */
const [keywordCharacters, textCharacters] = [255, 1023];
/** Printers list several hundred media. */
const valuesAtMost = 2000;

const cutTo = (characters: number) =>
  z.pipe(
    z.string(),
    z.transform(text => text.slice(0, characters)),
  );
const keywords = (atMost: number) =>
  z.pipe(
    z.array(cutTo(keywordCharacters)),
    z.transform(values => values.slice(0, atMost)),
  );

const jobId = z.pipe(
  z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  z.transform(text => text as JobId),
);
const count = z.int().check(z.minimum(0));
const milliseconds = z.number();

const report = z.object({
  type: z.literal('report'),
  jobId,
  attempt: count,
  sequence: count,
  state: z.enum(['processing', 'processing-stopped', 'completed', 'canceled', 'aborted']),
  reasons: keywords(50),
  message: z.optional(cutTo(textCharacters)),
  warnings: z.optional(
    z.pipe(
      z.array(cutTo(textCharacters)),
      z.transform(values => values.slice(0, 50)),
    ),
  ),
  at: milliseconds,
  canWait: z.optional(z.boolean()),
}) satisfies z.ZodMiniType<Report>;

/** Invalid attribute values are dropped; the rest of the device is kept. */
const ifValid = <Schema extends z.ZodMiniType>(schema: Schema) => z.catch(z.optional(schema), undefined as never);

const attributes = z.object({
  'printer-uuid': ifValid(cutTo(textCharacters)),
  'printer-info': ifValid(cutTo(textCharacters)),
  'printer-make-and-model': ifValid(cutTo(textCharacters)),
  'document-format-supported': ifValid(keywords(valuesAtMost)),
  'media-supported': ifValid(keywords(valuesAtMost)),
  'media-default': ifValid(cutTo(keywordCharacters)),
  'media-source-supported': ifValid(keywords(valuesAtMost)),
  'sides-supported': ifValid(keywords(valuesAtMost)),
  'color-supported': ifValid(z.boolean()),
  'printer-resolution-default': ifValid(z.object({ x: z.number(), y: z.number() })),
  'media-bottom-margin': ifValid(z.number()),
  'media-left-margin': ifValid(z.number()),
  'media-right-margin': ifValid(z.number()),
  'media-top-margin': ifValid(z.number()),
  'identify-actions-supported': ifValid(keywords(valuesAtMost)),
});

const device = z.object({
  deviceId: z.string().check(z.refine(isNameInPath)),
  scheme: z.catch(cutTo(keywordCharacters), ''),
  attributes: z.pipe(z.catch(attributes, {}), z.transform(withoutAbsent)),
  state: z.catch(z.enum(['idle', 'processing', 'stopped', 'unknown']), 'unknown'),
  stateReasons: z.catch(keywords(50), []),
}) satisfies z.ZodMiniType<Device>;

/** An invalid device does not affect the others. */
const devices = z.pipe(
  z.array(z.unknown()),
  z.transform(list => list.slice(0, devicesAtMost).flatMap(one => device.safeParse(one).data ?? [])),
);

const attempts = z.array(z.object({ jobId, attempt: count })).check(z.maxLength(attemptsAtMost));
const instance = z.string().check(z.minLength(1), z.maxLength(128));
const explanation = cutTo(textCharacters);

const upMessages = [
  z.object({
    type: z.literal('fetch'),
    instance: z.optional(instance),
    holds: z.optional(attempts),
    lost: z.optional(explanation),
    wants: z.optional(attempts),
  }),
  z.object({
    type: z.literal('acknowledge'),
    jobId,
    attempt: count,
    reports: z.optional(z.array(report).check(z.maxLength(reportsAtMost))),
    instance: z.optional(instance),
    ask: z.optional(count),
    waits: z.optional(z.boolean()),
    reportSequence: z.optional(count),
    mayBeCopy: z.optional(z.boolean()),
  }),
  z.object({ type: z.literal('unknown'), jobId, attempt: count, instance, why: z.optional(explanation) }),
  report,
  z.object({ type: z.literal('register'), devices }),
] as const;

const upMessage = z.discriminatedUnion('type', upMessages) satisfies z.ZodMiniType<UpMessage>;

/** The names of all members that a relay's messages may have. */
export const upMessageMembers: string[] = [...new Set(upMessages.flatMap(({ shape }) => Object.keys(shape)))];

/** A relay's connect or disconnect event [AWS IoT lifecycle events]. */
export interface Presence {
  type: 'connected' | 'disconnected';
  /** milliseconds since 1970 */
  at: number;
  /** increments with each connection of the relay, so a late `disconnected` of an earlier one is ignored */
  version: number;
}

/** The rule marks relay messages with an `origin`, so none can be mistaken for a lifecycle event. */
const presence = z.object({
  type: z.enum(['connected', 'disconnected']),
  at: milliseconds,
  version: count,
  origin: z.optional(z.never()),
}) satisfies z.ZodMiniType<Presence>;

/**
 * A message of the `relay-events` queue: a relay's message or a lifecycle event, with the relay id from its
 * certificate.
 */
export type RelayEvent = (UpMessage | Presence) & { relayId: RelayId };

const sender = z.object({ relayId: z.string().check(z.minLength(1), z.maxLength(128)) });

/** Parses a relay's MQTT message; undefined if it violates the protocol. */
export const readUpMessage = (message: unknown): UpMessage | undefined => upMessage.safeParse(message).data;

/** Parses a queue message; undefined if it can never be handled. */
export function readRelayEvent(body: unknown): RelayEvent | undefined {
  const message = presence.safeParse(body).data ?? readUpMessage(body);
  const relayId = sender.safeParse(body).data?.relayId as RelayId | undefined;
  return message && relayId && { ...message, relayId };
}

function withoutAbsent(given: z.output<typeof attributes>): DeviceAttributes {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
