import * as z from 'zod';
import { isEventPattern } from '../../core/domain/event.ts';

/** The requests about webhooks. */

const name = z.string().max(255);
const list = z.array(z.string()).min(1).max(100);
const filter = {
  types: z
    .array(z.string().refine(isEventPattern, 'it is no type of event, and no group such as "job.*"'))
    .min(1)
    .max(100)
    .optional()
    .describe('types, or groups such as `job.*`; all but `upload.*` and `job.printing` by default'),
  locations: list.optional().describe('only what happens at these locations'),
  printers: list.optional().describe('only what happens at these printers, `location:device`'),
};

export const newWebhook = z.strictObject({
  url: z.string().describe('https only'),
  name: name.optional(),
  ...filter,
  signing: z.enum(['v1', 'v1a']).optional().describe('`v1`: a shared secret; `v1a`: a public key'),
});

export const webhookChanges = z.strictObject({
  url: z.string().optional(),
  name: name.optional(),
  ...filter,
  state: z.enum(['active', 'paused']).optional().describe('a paused webhook keeps its events for later'),
});

export const rotation = z.strictObject({
  overlapHours: z.int().min(0).max(72).optional().describe('how long the old key signs beside the new one; 24'),
});

export const enabling = z.strictObject({
  replayFrom: z.int().min(1).optional().describe('the number of the first event to send again'),
});

const mark = z.union([z.int().min(1), z.iso.datetime({ offset: true })]);

export const replay = z
  .strictObject({
    from: mark.optional().describe('the number of an event, or a time'),
    to: mark.optional().describe('inclusive; the newest event by default'),
    eventIds: z.array(z.string()).min(1).max(100).optional(),
    failed: z.literal(true).optional().describe('events whose last try failed'),
    since: z.iso.datetime({ offset: true }).optional().describe('of `failed`'),
    dryRun: z.boolean().optional().describe('only counts the events'),
  })
  .describe('one of `from`, `eventIds`, `failed` with `since`');

export const deliveryQuery = z.strictObject({
  state: z.enum(['delivered', 'failed']).optional(),
  before: z.coerce.number().int().min(0).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(100),
});
