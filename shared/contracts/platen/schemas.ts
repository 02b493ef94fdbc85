import * as z from 'zod';
import { scopes } from '../../core/domain/company.ts';
import { isEventPattern } from '../../core/domain/event.ts';
import { contracts } from '../../core/domain/job.ts';
import type { JobTemplate } from '../../core/domain/job-template.ts';
import { backlogPolicies } from '../../core/domain/printer.ts';
import { leastTakeOverSeconds, mostTakeOverSeconds } from '../../core/domain/standby.ts';
import { testPageLanguages } from '../../core/domain/test-page.ts';

/** The requests of Platen's own dialect. The OpenAPI document is generated from these. */

const backlogText =
  'what becomes of jobs that waited while the printer was away for ten minutes or more: all are printed, only the newest, ' +
  'each when it is released (`ask`), or none (`drop`)';

const text = z.string().min(1);
const shortText = text.max(255);
const printer = z
  .string()
  .describe('`location:device`')
  .meta({ examples: ['office:folder'] });
const instant = z.iso.datetime({ offset: true });

/** IPP's names and values [RFC 8011 5.2, PWG 5100.3, 5100.11, 5100.13]. */
export const options = z.strictObject({
  copies: z.int().min(1).max(9999).optional(),
  sides: z.enum(['one-sided', 'two-sided-long-edge', 'two-sided-short-edge']).optional(),
  media: shortText.optional(),
  'media-source': shortText.optional(),
  'orientation-requested': z.literal([3, 4, 5, 6]).optional(),
  'print-color-mode': z.enum(['auto', 'color', 'monochrome']).optional(),
  'print-scaling': z.enum(['auto', 'auto-fit', 'fill', 'fit', 'none']).optional(),
  'multiple-document-handling': z
    .enum(['separate-documents-collated-copies', 'separate-documents-uncollated-copies'])
    .optional(),
  'print-quality': z.literal([3, 4, 5]).optional(),
  'page-ranges': z
    .array(
      z
        .strictObject({ from: z.int().min(1).max(1e9), to: z.int().min(1).max(1e9) })
        .refine(({ from, to }) => from <= to, '"to" must not be less than "from"'),
    )
    .min(1)
    .max(100)
    .optional(),
  'job-priority': z.int().min(1).max(100).optional(),
} satisfies Record<keyof JobTemplate, z.ZodType>);

const wishes = {
  expiresAt: instant.optional().describe('ends the job if it has not begun to print by then; at most 30 days ahead'),
  expiresInSeconds: z.int().min(1).max(2_592_000).optional().describe('as `expiresAt`, from the submission on'),
  printBefore: instant.optional().describe('is not begun after this; for documents that are worthless later'),
  hold: z.boolean().optional().describe('true: prepared, and printed when it is released'),
  holdUntil: instant.optional().describe('released at this time, within a minute; at most 30 days ahead'),
  supersedes: shortText
    .optional()
    .describe('a key: the newer job of a printer with this key replaces an older one that has not begun to print'),
};

export const jobSubmission = z.strictObject({
  printer: printer.optional(),
  printers: z.array(printer).min(1).optional(),
  name: text.optional(),
  options: options.optional(),
  user: shortText.optional().describe('whose print it is; jobs can be listed by it'),
  tags: z.array(shortText).min(1).max(20).optional().describe('words to list jobs by'),
  ...wishes,
  callback: text
    .max(2000)
    .optional()
    .describe('an http or https address that receives the job as JSON when it has ended'),
  output: z
    .strictObject({
      fileName: shortText.optional(),
      keepSeconds: z.int().min(60).max(604_800).default(86_400).describe('how long it can be downloaded'),
    })
    .optional()
    .describe('instead of printers: a file to download from `/platen/v1/jobs/{id}/document`'),
  dryRun: z.boolean().optional().describe('true: only checks, and says how it would be printed; nothing is stored'),
  document: z
    .strictObject({
      base64: z.string().optional(),
      uploadId: z.string().optional(),
      url: z.string().optional().describe('a document to fetch and print as it is'),
      html: z.string().optional().describe('a page to render'),
      pageUrl: z.string().optional().describe('a web page to render'),
      baseUrl: z.string().optional().describe('relative addresses in `html` start here'),
      templateData: z.unknown().optional().describe('for Mustache marks in `html`'),
      tagged: z
        .boolean()
        .optional()
        .describe('for `html` and `pageUrl`: structure tags for screen readers, and bookmarks of the headings'),
    })
    .describe('one of base64, uploadId, url, html, pageUrl'),
});

export const copy = z.strictObject({
  printer: printer.optional(),
  printers: z.array(printer).min(1).optional(),
});

export const move = z.strictObject({ printer: printer.min(1) });

export const uploadOpening = z.strictObject({
  octets: z.int().min(1),
  name: text.optional(),
  /** of the whole document, in hex */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'a SHA-256 is 64 hex digits')
    .transform(hex => hex.toLowerCase())
    .optional(),
});

export const uploadQuery = z.strictObject({ name: text.optional() });

export const jobQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(100),
  before: z.string().optional().describe('`next` of the page before'),
  state: z
    .enum([
      'active',
      'ended',
      'attention',
      'pending',
      'pending-held',
      'processing',
      'processing-stopped',
      'canceled',
      'aborted',
      'completed',
    ])
    .optional()
    .describe('a group (`active`, `ended`, `attention`) or an IPP job state'),
  printer: printer.optional(),
  location: z.string().optional(),
  user: z.string().optional(),
  tag: z.string().optional(),
  dialect: z.enum(contracts).optional().describe('of the call that made the job'),
  text: z.string().optional().describe('in the name of the job'),
  since: instant.optional().describe('submitted at or after'),
  until: instant.optional().describe('submitted before'),
});

/** Other members are ignored, as before there were pages. */
export const pageQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(1000)
    .describe('at most; an answer has fewer if they are long'),
  cursor: z.string().max(129).optional().describe('`next` of the page before'),
});

/** Two sizes, so that what is asked for again is the same. */
export const previewQuery = z.strictObject({
  width: z.enum(['320', '1280']).default('320').describe('of the picture, in pixels'),
});

/** Previews are to recognise a document, not to read it. */
export const previewPath = z.coerce.number().int().min(1).max(20);

const eventTypeList = z
  .string()
  .transform(list => list.split(',').map(type => type.trim()))
  .refine(
    types => types.every(isEventPattern),
    'each type must be one of the list in docs/events.md, or a group: "job.*"',
  )
  .optional()
  .describe('types separated by commas; groups such as `job.*`; all but `upload.*` and `job.printing` by default');

export const eventQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional().describe('`next` of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(100),
  types: eventTypeList,
  subject: text.optional().describe('the id of a job, printer, location or relay'),
  wait: z.coerce.number().int().min(0).max(20).default(0).describe('seconds to wait when there is no event'),
});

export const streamQuery = z.strictObject({
  types: eventTypeList,
  subject: eventQuery.shape.subject,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('the number of the last event that you have; `Last-Event-ID` wins'),
  named: z.literal('1').optional().describe('messages have the type as their name'),
  ticket: z.string().optional().describe('of an address from POST /platen/v1/events/streams'),
});

export const streamOpening = z.strictObject({
  types: z
    .array(z.string().refine(isEventPattern, 'it is no type of event, and no group such as "job.*"'))
    .min(1)
    .optional(),
  subject: eventQuery.shape.subject,
});

export const bulk = z.strictObject({ ids: z.array(z.string()).min(1).max(100) });

export const newKey = z.strictObject({
  name: shortText,
  scopes: z.array(z.enum(scopes)).min(1).default(['print']),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

export const bulkResolution = bulk.extend({ as: z.enum(['printed', 'reprint']) });

export const resolution = z.strictObject({ as: z.enum(['printed', 'reprint']) });

export const printerChanges = z.strictObject({
  active: z.boolean().optional(),
  name: text.optional(),
  notes: z.string().optional(),
  unconfirmedPolicy: z.enum(['ask', 'reprint']).optional(),
  expiresInSeconds: z
    .int()
    .min(1)
    .max(2_592_000)
    .nullable()
    .optional()
    .describe('of jobs that do not say when they expire; null: three days'),
  backlogPolicy: z.enum(backlogPolicies).optional().describe(backlogText),
});

export const locationChanges = z.strictObject({
  name: text.optional(),
  active: z.boolean().optional(),
  notes: z.string().optional(),
});

export const testPage = z.strictObject({
  language: z.enum(testPageLanguages).optional().describe('default: one that the printer takes; text for a raw port'),
});

export const invitation = z.strictObject({
  replace: z.boolean().optional().describe('also when a relay is connected, which then loses its place'),
  standby: z.boolean().optional().describe('for a second relay, which takes over when the first is offline'),
  takeOverSeconds: z
    .int()
    .min(leastTakeOverSeconds)
    .max(mostTakeOverSeconds)
    .optional()
    .describe('how long the first relay is offline before the standby takes over; only with `standby`. Default: 60'),
});

export const enrolment = z.strictObject({ code: text, csr: text, publicKey: text.max(4096).optional() });
export const renewal = z.strictObject({ relayId: text, csr: text, at: z.number(), signature: text });
