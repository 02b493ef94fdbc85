import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as answers from '../../../shared/contracts/platen/answers.ts';
import { docsPage } from '../../../shared/contracts/platen/docs-page.ts';
import { openApiOf } from '../../../shared/contracts/platen/openapi.ts';
import { errorCatalogue } from '../../../shared/contracts/platen/problem.ts';
import { described } from '../../../shared/contracts/platen/routes.ts';
import { printErrorCodes } from '../../../shared/core/domain/errors.ts';
import { handleRelayEvent } from '../../../shared/core/usecases/jobs/relay-events.ts';
import { company, key, openWorld, relayId, type World } from '../world.ts';

interface DescribedOperation {
  operationId: string;
  security?: object[];
  'x-scope'?: string;
  responses: Record<string, { headers?: object }>;
}

const document = openApiOf(described) as {
  paths: Record<string, Record<string, DescribedOperation>>;
  security: object[];
  components: { schemas: Record<string, object> };
};

const operationAt = (path: string, method: string) =>
  document.paths[path]?.[method.toLowerCase()] as DescribedOperation;
const documentedStatuses = (path: string, method: string) => Object.keys(operationAt(path, method).responses);

describe('the OpenAPI document', () => {
  it('is valid by a public validator', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('has every route once, each with a name of its own', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => ({
        route: `${method.toUpperCase()} ${path}`,
        operationId,
      })),
    );

    expect(operations.map(({ route }) => route).toSorted()).toEqual(
      described.flatMap(({ methods, path }) => methods.map(method => `${method} ${path}`)).toSorted(),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('refers to schemas that it has', () => {
    const references = Array.from(
      JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g),
      ([, id]) => id,
    );

    expect(references.length).toBeGreaterThan(20);
    for (const id of references) expect(Object.keys(document.components.schemas)).toContain(id);
  });

  it('says that a key may be refused, where one is needed', () => {
    const asking = described.filter(({ access }) => access !== 'anyone');
    const silent = asking.filter(({ path, methods }) => {
      const statuses = documentedStatuses(path, methods[0] as string);
      return !statuses.includes('401') || !statuses.includes('403');
    });

    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('says how a key is sent, and which scope it needs', () => {
    expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    for (const { path, methods, access } of described) {
      const { security, 'x-scope': scope } = operationAt(path, methods[0] as string);
      const isOpen = access === 'anyone';
      expect([path, security, scope]).toEqual([path, isOpen ? [] : undefined, isOpen ? undefined : access]);
    }
  });

  it('says that every answer names its request', () => {
    const answered = described.flatMap(({ path, methods, operation: { answer, alternative } }) => {
      const { responses } = operationAt(path, methods[0] as string);
      return [answer, ...(alternative ? [alternative] : [])].map(({ status }) => responses[status]?.headers);
    });

    for (const headers of answered) expect(headers).toEqual({ 'Request-Id': { schema: { type: 'string' } } });
  });

  it('is served to anyone, and so is the page made from it, with every operation and error', async () => {
    const world = await openWorld();
    const machine = await world.call({ method: 'GET', path: '/openapi.json' });
    const page = await world.call({ method: 'GET', path: '/docs' });
    await world.close();

    expect(JSON.parse(machine.body ?? '')).toEqual(JSON.parse(JSON.stringify(document)));
    expect(page.headers?.['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toBe(docsPage(document));
    for (const { path, operation } of described) {
      expect(page.body).toContain(`id="${operation.id}"`);
      expect(page.body).toContain(path);
    }
    for (const code of printErrorCodes) expect(page.body).toContain(`id="${code}"`);
    // nothing is loaded from elsewhere
    expect(page.body).not.toMatch(/<script|<link|<img|src=/);
  });
});

it.each(Object.entries(errorCatalogue))('the error %s has a status and a title', (_code, { status, title }) => {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(title).toMatch(/^[A-Z]/);
});

describe('every operation', () => {
  let world: World;
  const made: Record<string, string> = { location: 'office', printer: 'office:laser', relay: relayId };
  const succeeded = new Set<string>();
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  /** Calls an operation as it is described, and checks the answer by its schema. */
  async function call(id: string, body?: object, parameters: Record<string, string> = {}) {
    const row = described.find(({ operation }) => operation.id === id);
    if (!row) throw new Error(`No operation ${id}.`);
    const path = row.path.replace(/\{(\w+)\}/g, (_, name) => parameters[name] ?? made[name] ?? '0'.repeat(32));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await world.call({
      method: row.methods[0] as string,
      path,
      headers,
      body: body && JSON.stringify(body),
    });
    const isOk = (answer.statusCode ?? 0) < 400;
    const { answer: usual, alternative } = row.operation;
    const { status, schema } = alternative && answer.statusCode === alternative.status ? alternative : usual;
    const json = schema || !isOk ? JSON.parse(answer.body ?? '') : {};
    if (isOk) expect(answer.statusCode).toBe(status);
    expect(documentedStatuses(row.path, row.methods[0] as string)).toContain(`${answer.statusCode}`);
    if (isOk) succeeded.add(id);
    // members that the schema does not have would be missing in what it made of the answer
    expect(z.safeParse(isOk ? (schema ?? z.unknown()) : answers.problem, json)).toEqual({ success: true, data: json });
    return { status: answer.statusCode, json };
  }

  /** A job of which its relay does not know whether it printed. */
  async function unconfirmed(): Promise<string> {
    const { json } = await call('createJobs', { printer: 'office:laser', document: { base64: 'aGVsbG8K' } });
    const from = { relayId, jobId: json.jobs[0].id, attempt: 1 };
    const [reasons, state] = [['delivery-unconfirmed'], 'processing-stopped' as const];
    await handleRelayEvent(world.ports, { ...from, type: 'acknowledge' });
    await handleRelayEvent(world.ports, { ...from, type: 'report', sequence: 1, state, reasons, at: 0 });
    return from.jobId;
  }

  it('counts what a replay from a time would send, and lists what came of each try', async () => {
    const { json: webhook } = await call('createWebhook', { url: 'https://erp.example/hook', types: ['job.*'] });
    made.webhook = webhook.id;
    await call('createJobs', { printer: 'office:laser', document: { base64: 'aGVsbG8K' } });
    const span = (from: string) => call('replayEvents', { from, to: '2100-01-01T00:00:00Z', dryRun: true });
    expect((await span('2000-01-01T00:00:00Z')).json.events).toBeGreaterThan(0);
    expect((await span('2099-01-01T00:00:00Z')).json.events).toBe(0);
    const [eventId, sequence, at] = ['7'.repeat(32), 7, Date.UTC(2026, 0, 2, 3, 4, 5)];
    const tried = { eventId, sequence, attempt: 1, at, isDelivered: false, status: 503, milliseconds: 12 };
    const delivery = { ...tried, companyId: company, webhookId: webhook.id, dueAt: 0 };
    await world.ports.webhookStore.settle(delivery, undefined, tried);
    expect((await call('listDeliveries')).json.deliveries).toEqual([
      {
        ...{ event: eventId, sequence: 7, attempt: 1, at: '2026-01-02T03:04:05.000Z' },
        ...{ state: 'failed', status: 503, milliseconds: 12 },
      },
    ]);
    await call('deleteWebhook');
  });

  it('answers as its schema says', async () => {
    const streaming = call('streamEvents');
    const { json: created } = await call('createJobs', { printer: 'office:laser', document: { base64: 'aGVsbG8K' } });
    made.job = created.jobs[0].id;
    const checked = await call('createJobs', {
      printer: 'office:laser',
      document: { base64: 'aGVsbG8K' },
      dryRun: true,
    });
    expect(checked.json.format).toBe('text/plain');
    await call('listJobs');
    await call('getJob');
    expect(await call('getPage', undefined, { page: '1' })).toMatchObject({ json: { code: 'unsupported' } });
    await call('traceJob');
    await call('getJobDocument');
    const { json: link } = await call('shareJob');
    made.token = link.token;
    await call('getSharedJob');
    await call('resolveJobs', { ids: [made.job], as: 'printed' });
    await call('copyJob', { printers: ['office:label'] });
    await call('printTestPage', { language: 'text' });
    expect(await call('identifyPrinter')).toMatchObject({ json: { code: 'conflict' } });
    await call('moveJob', { printer: 'office:label' });
    await call('cancelJob');
    const { json: cancelled } = await call('cancelJobs', { ids: [made.job, 'f'.repeat(32)] });
    expect(cancelled.results).toMatchObject([{ job: { state: 'canceled' } }, { error: { code: 'not-found' } }]);
    const held = await call('createJobs', { printer: 'office:laser', document: { base64: 'aGVsbG8K' }, hold: true });
    await call('releaseJob', undefined, { job: held.json.jobs[0].id });
    await call('resolveJob', { as: 'printed' }, { job: await unconfirmed() });
    const { json: upload } = await call('createUpload', { octets: 9_000_000, name: 'a.pdf' });
    made.upload = upload.id;
    await call('getUpload');
    await call('abortUpload');
    const { json: small } = await call('createUpload', { octets: 4 });
    const session = await world.ports.uploads.get(small.id);
    await world.ports.documents.putPart(session?.key ?? '', session?.multipartId ?? '', 1, Buffer.from('%PDF'));
    await call('completeUpload', undefined, { upload: small.id });
    await call('listPrinters');
    await call('getPrinter');
    await call('updatePrinter', { name: 'Laser' });
    await call('listLocations');
    await call('getLocation');
    await call('saveLocation', { name: 'Office' });
    const { json: invitation } = await call('createEnrolmentCode');
    await call('enrolRelay', { code: invitation.code, csr: 'a request' });
    const { json: second } = await call('createEnrolmentCode', { standby: true, takeOverSeconds: 60 });
    await call('enrolRelay', { code: second.code, csr: 'another request' });
    expect((await call('getLocation')).json).toMatchObject({ standby: { online: false } });
    expect((await call('listRelays')).json).toMatchObject({ relays: [{ role: 'active' }, { role: 'standby' }] });
    const { json: secret } = await call('createKey', { name: 'till', scopes: ['read'] });
    expect(secret.key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    made.key = secret.id;
    const { json: keys } = await call('listKeys');
    expect(keys.keys).toContainEqual(expect.objectContaining({ name: 'till', scopes: ['read'] }));
    expect(JSON.stringify(keys)).not.toContain(secret.key);
    await call('revokeKey');
    const { json: webhook } = await call('createWebhook', { url: 'https://erp.example/hook', signing: 'v1a' });
    made.webhook = webhook.id;
    await call('listWebhooks');
    await call('getWebhook');
    await call('updateWebhook', { name: 'ERP' });
    await call('rotateWebhook');
    await call('testWebhook');
    await call('enableWebhook');
    expect((await call('replayEvents', { from: 1, to: 2, dryRun: true })).json).toEqual({ events: 2 });
    const { json: replay } = await call('replayEvents', { from: 1, to: 2 });
    made.replay = replay.replay;
    await call('getReplay');
    await call('stopReplay');
    await call('listDeliveries');
    await call('deleteWebhook');
    await call('listEvents');
    await call('openEventStream');
    await streaming;
    await call('revokeRelay');
    await call('deletePrinter');
    await call('deleteLocation');
    await call('getOpenApi');
    await call('getDocs');

    const { json: none } = await call('listLocations');
    expect(none.locations).toEqual([]);
    // text has no pages to show, no printer here offers to be identified, and only a relay can sign for a new certificate
    const missing = described.map(({ operation }) => operation.id).filter(id => !succeeded.has(id));
    expect(missing).toEqual(['getPage', 'identifyPrinter', 'renewRelay']);
  });

  it.each(described.filter(({ access }) => access !== 'anyone').map(({ operation }) => operation.id))(
    '%s refuses what is not there with a problem',
    async id => {
      const { status } = await call(
        id,
        { nonsense: true },
        { job: 'x', upload: 'x', printer: 'x:y', location: 'x', key: 'x', relay: 'x' },
      );

      expect(status === 200 || [400, 404, 415].includes(status ?? 0)).toBe(true);
    },
  );
});

describe('a key that may only read', () => {
  it('reads and does nothing else', async () => {
    const world = await openWorld();
    const admin = { authorization: `Bearer ${key}` };
    const body = JSON.stringify({ name: 'screen', scopes: ['read'] });
    const answer = await world.call({ method: 'POST', path: '/platen/v1/keys', headers: admin, body });
    const reader = { authorization: `Bearer ${JSON.parse(answer.body ?? '').key}` };
    const status = async (method: string, path: string) =>
      (await world.call({ method, path: `/platen/v1/${path}`, headers: reader })).statusCode;

    expect([await status('GET', 'jobs'), await status('GET', 'printers'), await status('GET', 'locations')]).toEqual([
      200, 200, 200,
    ]);
    expect([
      await status('POST', 'jobs'),
      await status('GET', 'keys'),
      await status('DELETE', 'locations/office'),
    ]).toEqual([403, 403, 403]);
    await world.close();
  });
});
