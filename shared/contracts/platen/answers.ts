import * as z from 'zod';
import { printErrorCodes } from '../../core/domain/errors.ts';
import { contracts } from '../../core/domain/job.ts';
import { stageNames } from '../../core/domain/job-trace.ts';
import { backlogPolicies } from '../../core/domain/printer.ts';

/** The responses of Platen's own dialect. The OpenAPI document is generated from these; tests check every response. */

const time = z.iso.datetime().describe('UTC');
const printerKey = z.string().describe('`location:device`');

const state = z
  .enum(['pending', 'pending-held', 'processing', 'processing-stopped', 'canceled', 'aborted', 'completed'])
  .describe('IPP job state [RFC 8011 5.3.7]; the last three are final');
const reasons = z
  .array(z.string())
  .describe('IPP keywords, such as `job-printing`, `media-empty`, `delivery-unconfirmed`');

const historyEntry = z.object({
  at: time,
  state,
  reasons,
  message: z.string().optional(),
  actor: z.string().optional().describe('the name of the key that asked for it'),
});

export const job = z
  .object({
    id: z.string(),
    printer: printerKey.optional(),
    name: z.string(),
    user: z.string().optional(),
    tags: z.array(z.string()).optional(),
    dialect: z.enum(contracts).describe('of the call that made it'),
    copyOf: z.string().optional().describe('the job that this one prints again'),
    supersedes: z.string().optional().describe('the key by which a newer job replaces it'),
    supersededBy: z.string().optional().describe('the newer job that replaced it'),
    expiresAt: time.optional().describe('when it ends if it has not begun to print'),
    printBefore: time.optional(),
    hold: z.object({ until: time.optional() }).optional().describe('present while it is held, or will be'),
    output: z
      .object({ fileName: z.string(), collectBy: time.optional() })
      .optional()
      .describe('of a job for download: `/platen/v1/jobs/{id}/document`'),
    state,
    reasons,
    summary: z.string().describe('the state in a few words'),
    message: z.string().optional().describe('why, in a sentence'),
    next: z.string().optional().describe('what happens next, and until when'),
    detail: z.string().optional().describe('the own words of relay or printer, where `message` replaces them'),
    cancelRequested: z.boolean().optional(),
    attempt: z.int().min(1),
    octets: z.int().min(0).optional(),
    format: z.string().optional(),
    pageCount: z.int().optional(),
    warnings: z.array(z.string()).optional().describe('what may look other than expected'),
    submittedAt: time,
    receivedAt: time.optional().describe('when the relay had the document'),
    endedAt: time.optional(),
    history: z.array(historyEntry),
  })
  .meta({ id: 'Job' });

export const shareLink = z.object({ token: z.string(), expiresAt: time }).meta({ id: 'ShareLink' });

export const sharedJob = job
  .pick({
    printer: true,
    name: true,
    state: true,
    reasons: true,
    summary: true,
    message: true,
    next: true,
    attempt: true,
    submittedAt: true,
    endedAt: true,
  })
  .extend({
    history: z.array(historyEntry.pick({ at: true, state: true, reasons: true })),
    sharedUntil: time.describe('when the link expires'),
  })
  .meta({ id: 'SharedJob' });

export const jobs = z.object({ jobs: z.array(job) }).meta({ id: 'Jobs' });

export const jobPage = z
  .object({ jobs: z.array(job), next: z.string().optional().describe('as `before` it gives the page that follows') })
  .meta({ id: 'JobPage' });

export const trace = z
  .object({
    id: z.string(),
    state,
    submittedAt: time,
    endedAt: time.optional(),
    milliseconds: z.int().min(0).describe('from the submission to the end, or until now'),
    stages: z.array(
      z.object({
        stage: z.enum(stageNames),
        from: time,
        until: time.optional(),
        milliseconds: z.int().min(0),
        reasons: z.array(z.string()),
        message: z.string().optional(),
        actor: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Trace' });

export const submissionCheck = z
  .object({
    format: z.string().optional().describe('absent for a document that takes too long to make'),
    octets: z.int().min(0).optional(),
    pageCount: z.int().min(0).optional().describe('absent if the document does not say it'),
    warnings: z.array(z.string()).describe('what is missing or doubtful in a document that was made'),
    printers: z.array(
      z.object({
        printer: printerKey,
        state: z.string(),
        stateReasons: z.array(z.string()),
        substitutions: z.array(z.string()).describe('what would be printed other than asked'),
      }),
    ),
  })
  .meta({ id: 'SubmissionCheck' });

export const event = z
  .object({
    id: z.string().describe('the same for each delivery of the event, and for each webhook'),
    type: z.string().describe('such as `job.completed`; ignore types that you do not know'),
    timestamp: time.describe('of the change'),
    sequence: z.int().min(1).describe('number of the event, without gaps in a company'),
    subject: z.string().describe('the id of the job, printer, location or relay'),
    subjectVersion: z.int().min(1).describe('rises with each event of the subject'),
    data: z.looseObject({}),
  })
  .meta({ id: 'Event' });

export const eventPage = z
  .object({
    events: z.array(event),
    next: z.int().min(0).describe('as `after` it gives the page that follows'),
    more: z.boolean().describe('whether there are more events at present'),
  })
  .meta({ id: 'EventPage' });

export const eventStream = z
  .object({ url: z.string().describe('for `EventSource`: it contains a ticket, and no key'), expiresAt: time })
  .meta({ id: 'EventStream' });

export const webhook = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    types: z.array(z.string()).optional(),
    locations: z.array(z.string()).optional(),
    printers: z.array(z.string()).optional(),
    signing: z.enum(['v1', 'v1a']),
    state: z.enum(['active', 'paused', 'disabled']),
    disabledReason: z.string().optional().describe('`failing`: nothing was delivered for three days; `gone`: 410'),
    createdAt: time,
    lastSuccessAt: time.optional(),
    lastFailure: z.object({ at: time, status: z.int().optional(), message: z.string() }).optional(),
    waiting: z.int().min(0).describe('events that wait for their delivery'),
    nextTryAt: time.optional().describe('of the first of them, while the webhook is active'),
  })
  .meta({ id: 'Webhook' });

export const webhooks = z.object({ webhooks: z.array(webhook) }).meta({ id: 'Webhooks' });
export const newWebhook = webhook
  .extend({
    secret: z.string().optional().describe('of `v1`: `whsec_` and base64; only this response contains it'),
    publicKey: z.string().optional().describe('of `v1a`: `whpk_` and base64'),
  })
  .meta({ id: 'NewWebhook' });

export const webhookTest = z
  .object({
    status: z.int().optional().describe('of the answer, if there was one'),
    milliseconds: z.int(),
    error: z.string().optional(),
    answer: z.string().describe('the first kilobyte'),
  })
  .meta({ id: 'WebhookTest' });

export const deliveryPage = z
  .object({
    deliveries: z.array(
      z.object({
        event: z.string(),
        sequence: z.int(),
        attempt: z.int().min(1),
        at: time,
        state: z.enum(['delivered', 'failed']),
        status: z.int().optional(),
        milliseconds: z.int(),
        error: z.string().optional(),
        replay: z.string().optional(),
      }),
    ),
    next: z.int().optional().describe('as `before` it gives the page that follows'),
  })
  .meta({ id: 'DeliveryPage' });

export const newReplay = z.object({ replay: z.string(), events: z.int() }).meta({ id: 'NewReplay' });
export const replayCount = z.object({ events: z.int() }).meta({ id: 'ReplayCount' });
export const replay = newReplay.extend({ done: z.int(), failed: z.int(), left: z.int() }).meta({ id: 'Replay' });

export const bulkResult = z
  .object({
    results: z.array(
      z.union([
        z.object({ id: z.string(), job }),
        z.object({ id: z.string(), error: z.object({ code: z.string(), message: z.string() }) }),
      ]),
    ),
  })
  .meta({ id: 'BulkResult' });

const session = z.object({
  id: z.string(),
  name: z.string().optional(),
  state: z.string().describe('`open`, `completed`, `aborted` or `expired`'),
  octets: z.int().min(0).optional(),
  format: z.string().optional(),
  sha256: z.string().optional(),
  expiresAt: time,
});

export const upload = session.meta({ id: 'Upload' });

export const partUpload = session
  .extend({
    partOctets: z.int().optional().describe('the size of each part but the last'),
    present: z.array(z.int()).describe('parts that the store has, from 1'),
    etags: z.array(z.string()).describe('the ETag of each present part'),
    missing: z
      .array(z.object({ part: z.int(), octets: z.int(), url: z.string() }))
      .describe('the first missing parts: PUT the octets to the address, nothing else'),
    addressesExpireAt: time,
  })
  .meta({ id: 'PartUpload' });

export const createdUpload = z.union([partUpload, upload]).meta({ id: 'CreatedUpload' });

export const printer = z
  .object({
    printer: printerKey,
    name: z.string(),
    active: z.boolean().describe('whether it accepts jobs'),
    notes: z.string(),
    unconfirmedPolicy: z.enum(['ask', 'reprint']).describe('what happens to a job that may have printed'),
    expiresInSeconds: z.int().optional().describe('of jobs that do not say when they expire'),
    backlogPolicy: z.enum(backlogPolicies).describe('what becomes of jobs that waited while it was away'),
    stateSince: time.optional().describe('since when its relay reports this state'),
    awaySince: time.optional().describe('since when its relay is offline or cannot reach it'),
    lastBacklog: z
      .object({ from: time, until: time, printed: z.int(), held: z.int(), dropped: z.int() })
      .optional()
      .describe('its last absence, and what was done with the jobs that waited'),
    state: z.string().describe('`idle`, `processing`, `stopped` or `unknown`'),
    stateReasons: z.array(z.string()),
    attributes: z.record(z.string(), z.unknown()).describe('as the printer reports them, in IPP names'),
  })
  .meta({ id: 'Printer' });

export const identified = z
  .object({ printer: printerKey, actions: z.array(z.string()).describe('IPP keywords of what the printer can do') })
  .meta({ id: 'Identified' });

const nextPage = z.string().optional().describe('as `cursor` it gives the page that follows');

export const printers = z.object({ printers: z.array(printer), next: nextPage }).meta({ id: 'Printers' });

export const location = z
  .object({
    location: z.string(),
    name: z.string(),
    active: z.boolean(),
    online: z.boolean().describe('whether its active relay is connected'),
    lastSeen: time.optional(),
    relay: z.string().optional().describe('the active relay'),
    activeSince: time.optional().describe('since when that relay is active; absent if it enrolled with release 0.1.0'),
    standby: z
      .object({ relay: z.string(), online: z.boolean(), lastSeen: time.optional(), since: time })
      .optional()
      .describe('the second relay, which takes over when the active one is offline'),
    printers: z.array(printer),
    next: nextPage,
  })
  .meta({ id: 'Location' });

export const locations = z
  .object({ locations: z.array(location.omit({ printers: true, next: true })), next: nextPage })
  .meta({ id: 'Locations' });

export const relays = z
  .object({
    relays: z.array(
      z.object({
        relay: z.string(),
        location: z.string(),
        role: z.enum(['active', 'standby']).describe('the standby takes over when the active relay is offline'),
        since: time.optional().describe('since when it has its role; absent for relays of release 0.1.0'),
        online: z.boolean(),
        createdAt: time,
        lastSeen: time.optional(),
      }),
    ),
  })
  .meta({ id: 'Relays' });

export const key = z
  .object({
    id: z.string().describe('the beginning of the digest of the secret'),
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: time,
    expiresAt: time.optional(),
    lastUsedAt: time.optional().describe('to the hour'),
  })
  .meta({ id: 'Key' });

export const keys = z.object({ keys: z.array(key) }).meta({ id: 'Keys' });
export const newKey = key
  .extend({ key: z.string().describe('the secret: only this response contains it') })
  .meta({ id: 'NewKey' });

export const enrolmentCode = z
  .object({ code: z.string().describe('good for one relay'), expiresAt: time })
  .meta({ id: 'EnrolmentCode' });

export const identity = z.looseObject({}).meta({ id: 'RelayIdentity' });
export const nothing = z.strictObject({}).meta({ id: 'Nothing' });

/** [RFC 9457]; `error` is the form of release 0.1.0. */
export const problem = z
  .object({
    type: z.string().describe('where this error is described'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('what is wrong, with which value, and what to do next'),
    code: z.enum(printErrorCodes).describe('stable'),
    error: z.object({
      code: z.string(),
      message: z.string(),
      oldest: z.int().optional().describe('of `gone`: the number of the oldest event that is kept'),
    }),
  })
  .meta({ id: 'Problem' });
