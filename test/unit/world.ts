import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { useApp } from '../../shared/adapters/embedded/app.ts';
import { openEmbedded } from '../../shared/adapters/embedded/open-embedded.ts';
import { routes } from '../../shared/contracts/index.ts';
import type { CompanyId, RelayId } from '../../shared/core/domain/ids.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { keyDigest } from '../../shared/core/usecases/accounts/authenticate.ts';
import { saveLocation, savePrinter } from '../../shared/core/usecases/relays/manage-printers.ts';
import { patternOf } from '../../shared/handlers/router.ts';
import type { DownMessage } from '../../shared/protocol/relay-protocol.ts';
import { securityHeaders } from '../../shared/protocol/security-headers.ts';
import type { FunctionName } from '../../shared/protocol/service-table.ts';

/** A small world for tests: real embedded adapters in their own folder, a controlled clock and deterministic tokens. */
export interface World {
  ports: Ports;
  /** advances the clock, in milliseconds */
  wait(milliseconds: number): void;
  /** the pauses of a waiting use case; time passes, unless a test overrides it */
  whilePaused: (milliseconds: number) => Promise<void>;
  /** messages sent to relays, oldest first */
  sent: { relayId: RelayId; message: DownMessage }[];
  /** relays whose identities were revoked */
  revoked: RelayId[];
  /** messages sent to queues, by queue, and not received */
  queued: { queue: string; message: unknown }[];
  /** invokes the exported handler of a request's route */
  call(request: Request): Promise<APIGatewayProxyStructuredResultV2>;
  close(): Promise<void>;
}

export interface Request {
  method: string;
  path: string;
  query?: string;
  headers?: Record<string, string>;
  /** text or octets */
  body?: string | Uint8Array;
}

export const company = 'acme' as CompanyId;
export const key = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
export const otherKey = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';
export const printOnlyKey = '6ba7b812-9dad-11d1-80b4-00c04fd430c8';
export const relayId = 'f'.repeat(32) as RelayId;
export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

const publicUrl = () => 'http://documents.test';

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-world-'));
  populatedFiles ??= populateFiles();
  for (const { name, octets } of await populatedFiles) await writeFile(join(folder, name), octets);
  let now = startedAt;
  let tokens = 0;
  const embedded = await openEmbedded({ folder, publicUrl, now: () => now });
  const sent: World['sent'] = [];
  const queued: World['queued'] = [];
  const revoked: RelayId[] = [];
  const ports: Ports = {
    ...embedded,
    clock: {
      now: () => now,
      token: () => (++tokens).toString(16).padStart(32, '0'),
      async pause(milliseconds) {
        await world.whilePaused(milliseconds);
      },
    },
    queue: {
      async send(queue, messages) {
        queued.push(...messages.map(message => ({ queue, message })));
      },
    },
    relayLink: {
      async publish(relayId, message) {
        sent.push({ relayId, message });
      },
    },
    relayIdentities: {
      idFor: async token => token as RelayId,
      issue: async id => ({ certificate: `certificate of ${id}`, ca: 'ca', mqtt: { host: 'localhost', port: 8883 } }),
      revoke: async relay => void revoked.push(relay),
    },
  };
  useApp(ports);
  const world: World = {
    ports,
    async whilePaused(milliseconds) {
      now += milliseconds;
    },
    sent,
    queued,
    revoked,
    wait(milliseconds) {
      now += milliseconds;
    },
    call: request => callHandler(request),
    async close() {
      await embedded.close();
      await rm(folder, { recursive: true });
    },
  };
  return world;
}

/** The relay of `office` has connected. */
export async function connectRelay({ registry }: Pick<Ports, 'registry'>): Promise<void> {
  const location = await registry.getLocation(company, 'office');
  if (location) await registry.saveLocation({ ...location, online: true });
}

/** What each world begins with: a schema takes longer to apply than most tests do. */
let populatedFiles: Promise<{ name: string; octets: Buffer }[]> | undefined;

async function populateFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'platen-world-'));
  const embedded = await openEmbedded({ folder, publicUrl, now: () => startedAt });
  await populate(embedded);
  await embedded.close();
  const names = ['platen.db', 'storage.secret', 'keyring.secret'];
  const files = names.map(async name => ({ name, octets: await readFile(join(folder, name)) }));
  return Promise.all(files).finally(() => rm(folder, { recursive: true }));
}

async function populate(ports: Pick<Ports, 'registry'>): Promise<void> {
  for (const [companyId, companyKey] of [
    [company, key],
    ['rival' as CompanyId, otherKey],
  ] as const) {
    await ports.registry.saveCompany({ companyId, name: companyId, active: true, version: 0 });
    const scopes = ['print' as const, 'admin' as const];
    await ports.registry.putKey({ digest: keyDigest(companyKey), companyId, name: 'test', scopes, createdAt: 0 });
    const principal = { companyId, scopes };
    await saveLocation(ports, principal, { address: { locationId: 'office' }, changes: { name: 'Office' } });
    for (const deviceId of ['laser', 'label']) {
      await savePrinter(ports, principal, { address: { locationId: 'office', deviceId }, changes: { active: true } });
    }
    await savePrinter(ports, principal, { address: { locationId: 'office', deviceId: 'asleep' }, changes: {} });
  }
  const digest = keyDigest(printOnlyKey);
  await ports.registry.putKey({ digest, companyId: company, name: 'print only', scopes: ['print'], createdAt: 0 });
  await ports.registry.putRelay({ relayId, companyId: company, locationId: 'office', createdAt: 0, revoked: false });
  const location = await ports.registry.getLocation(company, 'office');
  if (location) await ports.registry.saveLocation({ ...location, relayId });
}

async function callHandler(request: Request): Promise<APIGatewayProxyStructuredResultV2> {
  const { handler } = await import(`../../functions/${functionFor(request)}.ts`);
  const event = eventFor(request);
  const answer = (await handler(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
  const { 'request-id': requestId, ...headers } = answer.headers ?? {};
  if (requestId !== event.requestContext.requestId) throw new Error('An answer lacks its Request-Id.');
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (headers[name] === undefined) throw new Error(`An answer lacks the header ${name}.`);
    // what all answers have; a contract's own value remains
    if (headers[name] === value) delete headers[name];
  }
  return { ...answer, headers };
}

function functionFor({ method, path }: Request): FunctionName {
  const row = routes.find(route => route.methods.includes(method) && patternOf(route.path).test(path));
  return row?.function ?? 'print';
}

/** An event as API Gateway sends it [AWS API Gateway, payload format 2.0]. */
export function eventFor({ method, path, query = '', headers = {}, body }: Request): APIGatewayProxyEventV2 {
  const isBase64Encoded = body instanceof Uint8Array;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'platen.test', 'x-forwarded-proto': 'https', ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      domainName: 'platen.test',
      domainPrefix: 'platen',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8.0' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '02/Jan/2026:03:04:05 +0000',
      timeEpoch: startedAt,
    },
    body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded,
  };
}
