import { describe, expect, it } from 'vitest';
import { office, someCompany, someJob, someLocation, somePrinter, someSession } from '../../../doubles/samples.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/contracts/contract.ts';
import { downloaded } from '../../../shared/contracts/downloads.ts';
import { cutPage, readPage } from '../../../shared/contracts/platen/pages.ts';
import * as answers from '../../../shared/contracts/platen/responses.ts';
import * as webhookAnswers from '../../../shared/contracts/platen/webhook-responses.ts';
import { PrintError } from '../../../shared/core/domain/errors.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { Job } from '../../../shared/core/domain/job.ts';
import type { Webhook } from '../../../shared/core/domain/webhook.ts';

/* What Platen's own dialect answers, member by member. Members without a value are left out. */

const company = someCompany();
const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const time = (seconds = 0) => new Date(at + seconds * 1000).toISOString();
const bodyOf = (response: HttpResponse) => JSON.parse(String(response.body));
const [webhookId, jobId] = ['w', 'a'.repeat(32)];

const plain: Job = {
  ...someJob(company, { submittedAt: at, version: 3 }),
  ...{ id: jobId as Job['id'], history: [{ at, standing: 'pending/job-fetchable', reasons: [] }] },
};
const full: Job = {
  ...plain,
  ...{ user: 'u', tags: ['t'], copyOf: 'c' as Job['id'], supersedes: 's', supersededBy: 'd' as Job['id'] },
  ...{ expiresAt: at + 1000, printBefore: at + 2000, hold: { until: at + 3000 }, cancelRequested: true, attempt: 2 },
  document: { key: 'secret', octets: 5, sha256: 'ab', format: 'application/pdf' },
  output: { fileName: 'a.pdf', keepMilliseconds: 1, once: false, collectBy: at + 4000 },
  ...{ pageCount: 7, warnings: ['w'], reasons: ['media-low'], receivedAt: at + 5000, message: 'm' },
  history: [
    { at, standing: 'pending/job-fetchable', reasons: ['media-low'], message: 'said', actor: 'till 3' },
    { at: at + 1000, standing: 'processing/queued-in-device', reasons: [] },
  ],
};

describe('a job', () => {
  const shown = {
    ...{ id: jobId, printer: 'office:laser', name: 'invoice', dialect: 'platen', state: 'pending' },
    ...{ reasons: ['job-fetchable'], summary: 'waiting for the site', attempt: 1, submittedAt: time() },
    message: 'The relay is about to fetch the job.',
    next: `The job is kept until ${new Date(at + 72 * 3_600_000).toISOString().replace('.000', '')}.`,
  };

  it('shows what it has', () => {
    expect(bodyOf(answers.jobJson({ job: plain }))).toEqual({
      ...shown,
      history: [{ at: time(), state: 'pending', reasons: ['job-fetchable'] }],
    });
  });

  it('shows everything that it may have, and not where its document is', () => {
    const body = bodyOf(answers.jobJson({ job: full }));

    expect(body).toMatchObject({
      ...{ user: 'u', tags: ['t'], copyOf: 'c', supersedes: 's', supersededBy: 'd', cancelRequested: true, attempt: 2 },
      ...{ expiresAt: time(1), printBefore: time(2), hold: { until: time(3) }, receivedAt: time(5) },
      ...{
        octets: 5,
        format: 'application/pdf',
        pageCount: 7,
        warnings: ['w'],
        reasons: ['job-fetchable', 'media-low'],
      },
      output: { fileName: 'a.pdf', collectBy: time(4) },
      history: [
        { at: time(), state: 'pending', reasons: ['job-fetchable', 'media-low'], message: 'said', actor: 'till 3' },
        { at: time(1), state: 'processing', reasons: ['queued-in-device'] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('that has ended is not held any more, and one that is held may have no time', () => {
    const ended = { ...full, standing: 'canceled/job-canceled-by-user' as const, endedAt: at + 6000 };

    expect(bodyOf(answers.jobJson({ job: ended }))).toMatchObject({ endedAt: time(6), state: 'canceled' });
    expect(bodyOf(answers.jobJson({ job: ended }))).not.toHaveProperty('hold');
    expect(bodyOf(answers.jobJson({ job: { ...plain, hold: {} } })).hold).toEqual({});
  });

  it('is in a callback, in a list, and new, as it is alone', () => {
    const alone = bodyOf(answers.jobJson({ job: plain }));
    const created = answers.createdJson([plain, plain]);

    expect(JSON.parse(answers.endJson(plain))).toEqual(alone);
    expect([created.status, bodyOf(created)]).toEqual([201, { jobs: [alone, alone] }]);
    expect(bodyOf(answers.jobsJson({ views: [{ job: plain }], next: 'n' }))).toEqual({ jobs: [alone], next: 'n' });
    expect(bodyOf(answers.jobsJson({ views: [] }))).toEqual({ jobs: [] });
  });

  it('of several has its own result', () => {
    const error = new PrintError('conflict', 'It has ended.');

    expect(bodyOf(answers.bulkJson([{ job: plain }, { id: 'other', error }]))).toEqual({
      results: [
        { id: jobId, job: bodyOf(answers.jobJson({ job: plain })) },
        { id: 'other', error: { code: 'conflict', message: 'It has ended.' } },
      ],
    });
  });

  it('that is shared shows where it is, and no id, no person and no message of its history', () => {
    const body = bodyOf(answers.sharedJobJson({ view: { job: full }, expiresAt: at + 7000 }));

    expect(body).toEqual({
      ...{ printer: 'office:laser', name: 'invoice', state: 'pending', reasons: ['job-fetchable', 'media-low'] },
      ...{ summary: 'cancelling', next: 'Pages that are out already stay out.', attempt: 2, submittedAt: time() },
      message: 'A newer job replaced it.',
      history: [
        { at: time(), state: 'pending', reasons: ['job-fetchable', 'media-low'] },
        { at: time(1), state: 'processing', reasons: ['queued-in-device'] },
      ],
      sharedUntil: time(7),
    });
    const other = answers.sharedJobJson({ view: { job: plain }, expiresAt: at });
    expect(bodyOf(other).message).toBe(shown.message);
    expect(answers.shareLinkJson({ token: 't', expiresAt: at })).toMatchObject({ status: 201 });
  });

  it('has a trace with times for people', () => {
    const stage = { stage: 'queued' as const, from: at, until: at + 1000, milliseconds: 1000, reasons: [] };

    expect(
      bodyOf(answers.traceJson({ job: plain, milliseconds: 1500, stages: [stage, { ...stage, until: undefined }] })),
    ).toEqual({
      ...{ id: jobId, state: 'pending', submittedAt: time(), milliseconds: 1500 },
      stages: [
        { ...stage, from: time(), until: time(1) },
        { stage: 'queued', from: time(), milliseconds: 1000, reasons: [] },
      ],
    });
  });
});

describe('a printer', () => {
  const printer = somePrinter(company, office);
  const device = { deviceId: 'laser', scheme: 'ipp', state: 'stopped' as const, stateReasons: ['media-empty'] };
  const bare = {
    ...{ printer: 'office:laser', name: 'Laser', active: true, notes: '', unconfirmedPolicy: 'ask' },
    ...{ backlogPolicy: 'all', state: 'unknown', stateReasons: [], attributes: {} },
  };

  it('that was never reported is unknown', () => {
    expect(bodyOf(answers.printerJson(printer))).toEqual(bare);
  });

  it('shows what is known of it', () => {
    const lastBacklog = { from: at, until: at + 1000, printed: 1, held: 2, dropped: 3 };
    const known = {
      ...{ ...printer, expiresInSeconds: 60, backlogPolicy: 'ask' as const, stateSince: at, awaySince: at + 1000 },
      ...{ lastBacklog, device: { ...device, attributes: { 'media-default': 'iso_a4' } } },
    };

    expect(bodyOf(answers.printerJson(known))).toEqual({
      ...{ ...bare, expiresInSeconds: 60, backlogPolicy: 'ask', stateSince: time(), awaySince: time(1) },
      ...{ state: 'stopped', stateReasons: ['media-empty'], attributes: { 'media-default': 'iso_a4' } },
      lastBacklog: { from: time(), until: time(1), printed: 1, held: 2, dropped: 3 },
    });
  });

  it('is in lists and at its location, page by page', () => {
    const location = { ...someLocation(company, 'office'), online: true, lastSeenAt: at };
    const place = { location: 'office', name: 'Office', active: true, online: true, lastSeen: time() };

    expect(bodyOf(answers.printersJson([printer, printer], { limit: 1 }))).toEqual({
      printers: [bare],
      next: 'office:laser',
    });
    expect(bodyOf(answers.locationJson({ location, printers: [printer, printer] }, { limit: 1 }))).toEqual({
      ...{ ...place, printers: [bare], next: 'office:laser' },
    });
    expect(bodyOf(answers.locationsJson([location], { limit: 1 }))).toEqual({ locations: [place] });
    expect(bodyOf(answers.locationsJson([location, location], { limit: 1 })).next).toBe('office');
  });

  it('in a dry run shows its state and what it would do otherwise', () => {
    const found = { format: 'application/pdf', octets: 5, pageCount: 2, warnings: ['w'] };
    const printers = [{ printer: { ...printer, device: { ...device, attributes: {} } }, substitutions: ['s'] }];

    expect(bodyOf(answers.submissionCheckJson({ ...found, printers }))).toEqual({
      ...found,
      printers: [{ printer: 'office:laser', state: 'stopped', stateReasons: ['media-empty'], substitutions: ['s'] }],
    });
  });

  it('that was asked to identify itself says how', () => {
    const identified = answers.identifiedJson({ printer: 'office:laser', actions: ['flash'] });

    expect([identified.status, bodyOf(identified)]).toEqual([202, { printer: 'office:laser', actions: ['flash'] }]);
  });
});

describe('other records', () => {
  it('a relay is shown with its location, its role and its presence', () => {
    const relay = { relayId: 'r' as RelayId, companyId: company, locationId: 'office', createdAt: at, revoked: false };
    const connection = { ...someLocation(company, 'office'), online: false, lastSeenAt: at + 1000 };
    const shown = { relay: 'r', location: 'office', online: false, createdAt: time(), lastSeen: time(1) };

    expect(bodyOf(answers.relaysJson([{ relay, connection, role: 'standby', since: at + 2000 }]))).toEqual({
      relays: [{ ...shown, role: 'standby', since: time(2) }],
    });
  });

  it('a key is shown by its id, and its secret once', () => {
    const key = {
      digest: '0123456789abcdef',
      companyId: company,
      name: 'till',
      scopes: ['print' as const],
      createdAt: at,
    };
    const shown = { id: '0123456789ab', name: 'till', scopes: ['print'], createdAt: time() };
    const made = answers.newKeyJson({ secret: 'k', key });

    expect(bodyOf(answers.keysJson([{ ...key, expiresAt: at + 1000, lastUsedAt: at + 2000 }]))).toEqual({
      keys: [{ ...shown, expiresAt: time(1), lastUsedAt: time(2) }],
    });
    expect([made.status, bodyOf(made)]).toEqual([201, { ...shown, key: 'k' }]);
  });

  it('an upload says what is there and what is missing', () => {
    const direct = { octets: 20, partOctets: 8, sha256: 'ab' };
    const session = { ...someSession(company), name: 'a.pdf', direct, expiresAt: at };
    const view = { session, present: [1], etags: { 1: 'e' }, addresses: [], addressesExpireAt: at + 1000 };
    const record = { id: session.id, name: 'a.pdf', state: 'open', octets: 20, sha256: 'ab', expiresAt: time() };

    expect(bodyOf(answers.uploadJson(view as never))).toEqual({
      ...{ ...record, partOctets: 8, present: [1], etags: { 1: 'e' }, missing: [], addressesExpireAt: time(1) },
    });
    const document = { key: 'k', octets: 5, sha256: 'cd', format: 'text/plain' };
    expect(bodyOf(answers.sessionJson({ ...session, octets: 5, document }))).toEqual({
      ...{ ...record, octets: 5, sha256: 'cd', format: 'text/plain' },
    });
    expect(answers.sessionJson(session, 201).status).toBe(201);
  });

  it('codes, tickets and pictures are not cached', () => {
    expect(answers.codeJson({ code: 'c', expiresAt: at })).toMatchObject({
      status: 201,
      body: `{"code":"c","expiresAt":"${time()}"}`,
    });
    expect(bodyOf(answers.ticketJson({ ticket: 't', expiresAt: at }, 'https://p.test'))).toEqual({
      ...{ url: 'https://p.test/platen/v1/events/stream?ticket=t', expiresAt: time() },
    });
    expect(answers.png(Buffer.from('p'))).toMatchObject({ headers: { 'cache-control': 'private, no-store' } });
  });
});

describe('a webhook', () => {
  const webhook: Webhook = {
    ...{ id: webhookId, companyId: company, name: 'ERP', url: 'https://erp.test', signing: 'v1', createdAt: at },
    ...{ keys: [{ sealed: 'secret' }], state: 'disabled', disabledReason: 'gone', version: 1, types: ['job.*'] },
  };
  const health = { failures: 1, lastSuccessAt: at, lastFailure: { at: at + 1000, status: 500, message: 'm' } };
  const shown = {
    ...{ id: webhookId, name: 'ERP', url: 'https://erp.test', types: ['job.*'], signing: 'v1', state: 'disabled' },
    ...{ disabledReason: 'gone', createdAt: time(), lastSuccessAt: time(), waiting: 2, nextTryAt: time(2) },
    lastFailure: { at: time(1), status: 500, message: 'm' },
  };
  const view = { webhook, health, waiting: 2, nextTryAt: at + 2000 };

  it('shows how its receiver does, and its secret once', () => {
    const made = webhookAnswers.shownWebhookJson({ ...view, shown: { secret: 'whsec' } }, 201);

    expect(bodyOf(webhookAnswers.webhookJson(view))).toEqual(shown);
    expect(bodyOf(webhookAnswers.webhooksJson([view]))).toEqual({ webhooks: [shown] });
    expect([made.status, bodyOf(made)]).toEqual([201, { ...shown, secret: 'whsec' }]);
    expect(bodyOf(webhookAnswers.webhookJson({ ...view, health: { failures: 0 } }))).not.toHaveProperty('lastFailure');
  });

  it('lists its tries', () => {
    const tried = { eventId: 'evt', sequence: 4, attempt: 2, at, isDelivered: false, status: 500, milliseconds: 5 };
    const row = { event: 'evt', sequence: 4, attempt: 2, at: time(), milliseconds: 5, status: 500 };

    expect(
      bodyOf(
        webhookAnswers.deliveriesJson({ tries: [tried, { ...tried, isDelivered: true, replayId: 'r' }], next: 9 }),
      ),
    ).toEqual({
      deliveries: [
        { ...row, state: 'failed' },
        { ...row, state: 'delivered', replay: 'r' },
      ],
      next: 9,
    });
    expect(bodyOf(webhookAnswers.testJson({ status: 200, milliseconds: 5, text: 'ok' }))).toEqual({
      ...{ status: 200, milliseconds: 5, answer: 'ok' },
    });
  });

  it('says how far a replay is', () => {
    const replay = { id: 'r', companyId: company, webhookId, events: 9, createdAt: at };

    expect(bodyOf(webhookAnswers.replayJson({ replay, left: 3, failed: 2 }))).toEqual({
      ...{ replay: 'r', events: 9, done: 4, failed: 2, left: 3 },
    });
    expect(webhookAnswers.newReplayJson({ id: 'r', events: 9 })).toMatchObject({ status: 202 });
  });
});

describe('a page of a list', () => {
  const cut = (sizes: number[], limit: number) => {
    const read = sizes.map((size, index) => ({ name: `n${index}`, text: 'x'.repeat(size) }));
    const { records, next } = cutPage(read, ({ name }) => name, { limit });
    return [records.length, next];
  };

  it('has as many records as it may, and the name of the last if others follow', () => {
    expect(readPage({ limit: 5, cursor: 'c' })).toEqual({ limit: 6, after: 'c' });
    expect(cut([], 2)).toEqual([0, undefined]);
    expect(cut([1, 1], 2)).toEqual([2, undefined]);
    expect(cut([1, 1, 1], 2)).toEqual([2, 'n1']);
  });

  it('fits into an answer, but for a single record', () => {
    const million = 1_000_000;

    expect(cut([million, million, million, 1], 9)).toEqual([2, 'n1']);
    expect(cut([4 * million, 1], 9)).toEqual([1, 'n0']);
    expect(cut([4 * million], 9)).toEqual([1, undefined]);
  });
});

describe('a download', () => {
  const found = { fileName: 'a.txt', format: 'text/plain', bytes: Buffer.from('0123456789') };
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    downloaded({ method, headers } as HttpRequest, found);

  it('may not run as a page of this service', () => {
    const { status, headers, body } = get();

    expect([status, String(body)]).toEqual([200, '0123456789']);
    expect(headers).toEqual({
      ...{ 'content-security-policy': 'sandbox', 'cache-control': 'private, no-store', 'accept-ranges': 'bytes' },
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': expect.stringContaining('a.txt'),
    });
    const typeOf = (format: string) =>
      downloaded({ method: 'GET', headers: {} } as HttpRequest, { ...found, format }).headers['content-type'];
    expect(['application/json', 'application/pdf'].map(typeOf)).toEqual([
      'application/json; charset=utf-8',
      'application/pdf',
    ]);
  });

  it('is a part of it on demand', () => {
    const part = get({ range: 'bytes=2-4' });
    const beyond = get({ range: 'bytes=10-' });

    expect([part.status, String(part.body), part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    expect([beyond.status, beyond.headers['content-range'], beyond.body]).toEqual([416, 'bytes */10', '']);
    expect(beyond.headers['cache-control']).toBe('private, no-store');
    for (const whole of [get({ range: 'bytes=2-4' }, 'HEAD'), get({ range: 'bytes=2-4', 'if-range': '"e"' })])
      expect(whole.status).toBe(200);
  });

  it('of a large one leads to its address', () => {
    const large = { fileName: 'a.txt', format: 'text/plain', url: 'https://store.test/a' };
    const answer = downloaded({ method: 'GET', headers: {} } as HttpRequest, large);

    expect(answer).toMatchObject({
      status: 302,
      body: '',
      headers: { location: large.url, 'cache-control': 'private, no-store' },
    });
  });
});
