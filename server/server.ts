import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { consolePath } from '../console/bundle/policy.ts';
import { closeConverter, sandboxWarning } from '../shared/adapters/convert/converter.ts';
import { useApp } from '../shared/adapters/embedded/app.ts';
import type { StorageHandler } from '../shared/adapters/embedded/documents/storage-handler.ts';
import { type MachineSettings, readSettings, writeSettings } from '../shared/adapters/embedded/machine-settings.ts';
import { startBroker } from '../shared/adapters/embedded/mqtt/broker.ts';
import { openCertificateAuthority } from '../shared/adapters/embedded/mqtt/certificate-authority.ts';
import { openEmbedded } from '../shared/adapters/embedded/open-embedded.ts';
import { writePrivateFile } from '../shared/adapters/embedded/private-file.ts';
import type { RelayId } from '../shared/core/domain/ids.ts';
import { roleOf } from '../shared/core/domain/standby.ts';
import type { Messages, Ports } from '../shared/core/ports/index.ts';
import { failInterrupted } from '../shared/core/usecases/documents/fail-interrupted.ts';
import { createEnrolmentCode } from '../shared/core/usecases/relays/enrol-relay.ts';
import { holdRestored } from '../shared/core/usecases/relays/hold-restored.ts';
import { useAllowFetch, useKeyRate } from '../shared/protocol/config.ts';
import type { InvitationRequest } from '../shared/protocol/relay-protocol.ts';
import { securityHeaders } from '../shared/protocol/security-headers.ts';
import { gatewayLimits } from '../shared/protocol/service-table.ts';
import { log } from '../shared/telemetry/log.ts';
import { useMetrics } from '../shared/telemetry/metrics.ts';
import { adaptRequest } from './adapt-request.ts';
import { makeConsoleHandler } from './console.ts';
import { DiskSpace } from './disk-space.ts';
import { makeEventStreams } from './event-streams.ts';
import { companyId, ensureRegistry, locationId, newKey } from './first-start.ts';
import { callFunction } from './functions.ts';
import { announcesTooMuch, refuseTooLarge, serve } from './gateway.ts';
import { deadLetterWarnings, diskCheck, makeHealthHandler, portCheck, relayCheck } from './health.ts';
import { watchLostConnections } from './lost-connections.ts';
import { prometheusMetrics } from './metrics.ts';
import type { ServerOptions } from './options.ts';
import { makeRelayInbox } from './relay-inbox.ts';
import { type Invitation, type KeptRelay, keepRelay } from './relay-process.ts';
import { makeSignIn } from './sign-in.ts';
import { startWorkers } from './workers.ts';

/** The content of `platen.json`, for scripts; written when the server is ready. */
export interface ServerFacts {
  endpoint: string;
  company: string;
  key: string;
  location: string;
  printers: string[];
}

export interface StartedServer {
  facts: ServerFacts;
  /** The key was made by this start. */
  isFirstStart: boolean;
  /** what keeps documents from the printers of this machine */
  warnings: string[];
  /** signs a browser in, once */
  consoleAddress: string;
  stop(): Promise<void>;
}

/**
 * Everything on one machine, in the order in which it has to be there: the data folder, the broker, HTTP, the first
 * company, the workers, the relay. Ends in the opposite order.
 */
export async function startServer(options: ServerOptions): Promise<StartedServer> {
  const { data } = options;
  process.on('unhandledRejection', logUnhandled);
  // documents and keys are its owner's alone
  await mkdir(join(data, 'printed'), { recursive: true, mode: 0o700 });
  let endpoint = '';
  const embedded = await openEmbedded({
    folder: join(data, 'store'),
    publicUrl: () => options.publicUrl ?? endpoint,
    keepPrinted: options.keepDocuments,
  });
  const factsFile = join(data, 'platen.json');
  await rm(factsFile, { force: true });
  const settings = await readSettings(data);

  const ownHost = reachableHost(options.host);
  const publicHost = options.publicUrl ? hostOf(options.publicUrl) : ownHost;
  const ca = await openCertificateAuthority(join(data, 'certificates'), [...new Set([ownHost, publicHost])]);
  const starts = (settings.starts ?? 0) + 1;
  await writeSettings(data, { ...settings, starts });
  const inbox = makeRelayInbox({
    handle: event => callFunction('relay-events', event),
    enqueue: body => embedded.queue.enqueue('relay-events', [body]),
  });
  const openBroker = (port: number) =>
    startBroker({
      ca,
      firstVersion: firstPresence + starts * connectionsPerStart,
      host: options.host,
      port,
      onUp: (event, queue) =>
        queue === 'relay-events' ? inbox.receive(event) : embedded.queue.enqueue(queue, [JSON.stringify(event)]),
    });
  const broker = await openAtPort(openBroker, options, settings);
  const ports: Ports = {
    ...embedded,
    relayLink: broker,
    relayIdentities: ca.identities({ host: publicHost, port: broker.port }),
  };
  useApp(ports);
  useAllowFetch(options.allowFetch);
  useKeyRate(options.keyRate);

  const metrics = prometheusMetrics(embedded);
  useMetrics(metrics);
  const sandbox = sandboxWarning();
  if (sandbox) log.warn('browser-without-sandbox', { warning: sandbox });
  const readable = await readableWarning(data);
  if (readable) log.warn('data-folder-readable', { warning: readable });
  let relay: KeptRelay | undefined;
  const health = makeHealthHandler({
    warnings: async () => [
      ...[sandbox, readable, await otherRelay(ports, data)].filter(warning => warning !== undefined),
      ...deadLetterWarnings(embedded.queue),
    ],
    metrics,
    healthy: {
      database: embedded.checkDatabase,
      disk: diskCheck(data),
      broker: portCheck(broker.port, options.host),
    },
    ready: { relay: relayCheck(ports, async () => (await otherRelay(ports, data)) ?? relay?.trouble()) },
  });
  const { code, signIn } = makeSignIn(ports);
  const webConsole = makeConsoleHandler({ signIn, origins: () => [options.publicUrl ?? endpoint] });
  const streams = makeEventStreams(ports);
  const handlers = [health, embedded.storageHandler, streams.handle, webConsole];
  const http = listener(handlers, new DiskSpace(data, ports), options);
  endpoint = `http://${hostInUrl(ownHost)}:${await listen(http, options)}`;
  const key = settings.key ?? newKey();
  await writeSettings(data, { key, mqttPort: broker.port, starts });
  const devices = new Map([['folder', pathToFileURL(join(data, 'printed')).href], ...options.printers]);
  await ensureRegistry(ports, key, [...devices.keys()]);
  if (options.credits !== undefined) await ports.registry.setCredits(companyId, options.credits);

  await failPoison(ports, await embedded.queue.release());
  const held = options.restored ? await holdRestored(ports, companyId, locationId) : undefined;
  const workers = startWorkers(embedded);
  const forgetLost = watchLostConnections(ports, broker);
  const link = { server: endpoint, host: innerHost(options.host), port: broker.port };
  relay = keepRelay(relayArguments(join(data, 'relay'), devices, options.login, link), request =>
    invite(ports, endpoint, request),
  );
  const printers = await activePrinters(ports, [...devices.keys()]);
  const facts: ServerFacts = { endpoint, company: companyId, key, location: locationId, printers };
  await writePrivateFile(factsFile, facts);

  return {
    facts,
    isFirstStart: settings.key === undefined,
    warnings: [
      held === undefined
        ? undefined
        : `Restored: ${held} ${held === 1 ? 'job waits' : 'jobs wait'} for a decision, in the console or by the API.`,
      await otherRelay(ports, data),
    ].filter(warning => warning !== undefined),
    consoleAddress: `${options.publicUrl ?? endpoint}${consolePath}#code=${code}`,
    async stop() {
      const closed = new Promise(resolve => http.close(resolve));
      streams.close();
      http.closeIdleConnections();
      await relay?.stop();
      forgetLost();
      const workersStopped = workers.stop();
      // what is being converted goes back to its queue, for the next start
      await closeConverter();
      await workersStopped;
      await broker.stop();
      await inbox.idle();
      http.closeAllConnections();
      await closed;
      await embedded.close();
      useMetrics(undefined);
      await rm(factsFile, { force: true });
      process.off('unhandledRejection', logUnhandled);
    },
  };
}

/**
 * Relays at other places know the port, so it stays that of the last start. At the first start another program may have
 * the usual port; then a free one is taken, as it is where HTTP takes a free one.
 */
async function openAtPort<Opened>(
  open: (port: number) => Promise<Opened>,
  { mqttPort, port: httpPort }: ServerOptions,
  settings: Partial<MachineSettings>,
): Promise<Opened> {
  const fixed = mqttPort ?? settings.mqttPort;
  const port = fixed ?? (httpPort === 0 ? 0 : usualMqttPort);
  try {
    return await open(port);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (fixed === undefined && code === 'EADDRINUSE') return await open(0);
    throw new Error(`Port ${port} for relays cannot be opened: ${message}. Choose another with --mqtt-port.`, {
      cause,
    });
  }
}

/** [IANA, secure-mqtt] */
const usualMqttPort = 8883;

/** Release 0.1.0 numbered connections by the clock, in milliseconds: these are higher. */
const [firstPresence, connectionsPerStart] = [1e13, 1e9];

/** What a document did to the process twice it may do again: its jobs fail. Other queues' messages are dead letters. */
async function failPoison(ports: Ports, dead: { queue: string; body: string }[]): Promise<void> {
  for (const { queue, body } of dead) {
    if (queue !== 'prepare') continue;
    const { jobIds } = JSON.parse(body) as Messages['prepare'];
    await failInterrupted(ports, jobIds);
  }
}

/** Work whose failure has no reader is one request's or message's: it must not end the work of all others. */
const logUnhandled = (error: unknown) => log.error('unhandled-rejection', { error });

/** A part may come over a slow line for as long as its address is good. Node would end it after five minutes. */
const requestMilliseconds = 60 * 60 * 1000;

/** Each costs memory and a file descriptor. */
const connectionsAtMost = 4000;

/** Each handler answers its own paths and says false for all others; what is left is for the functions. */
/** Folders that 0.1.0 made have the modes of their time, and their owner may have opened one on purpose. */
async function readableWarning(folder: string): Promise<string | undefined> {
  const mode = (await stat(folder)).mode & 0o777;
  if ((mode & 0o077) === 0 || process.platform === 'win32') return undefined;
  return `Other users of this machine can read ${folder} (mode ${mode.toString(8)}), which holds documents. Run: chmod 700 ${folder}`;
}

function listener(handlers: StorageHandler[], disk: DiskSpace, { publicUrl }: ServerOptions): Server {
  const dispatch = async (request: IncomingMessage, response: ServerResponse) => {
    for (const handle of handlers) if (await handle(request, response)) return;
    await serve(request, response, disk);
  };
  const limits = { requestTimeout: requestMilliseconds, maxHeaderSize: gatewayLimits.headOctets };
  const server = createServer(limits, (request, response) => {
    adaptRequest(request, publicUrl);
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    dispatch(request, response).catch(error => {
      log.error('request-lost', { error });
      response.destroy();
    });
  });
  server.maxConnections = connectionsAtMost;
  server.on('clientError', refuseUnreadable);
  server.on('checkContinue', (request, response) => {
    adaptRequest(request, publicUrl);
    if (announcesTooMuch(request) && !request.url?.startsWith('/storage/')) return refuseTooLarge(request, response);
    response.writeContinue();
    server.emit('request', request, response);
  });
  // PHP programs send an empty `Expect`; what a client expects besides may be ignored [RFC 9110 10.1.1]
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}

/** Answers what is not a request that Node can read, with the message that API Gateway has for it. */
function refuseUnreadable({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const isTooLong = code === 'HPE_HEADER_OVERFLOW';
  const status = isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const message = isTooLong
    ? `The request line and header fields may have ${gatewayLimits.headOctets} octets. Send long values in the body.`
    : 'Bad Request';
  const body = JSON.stringify({ message });
  const head = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'];
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('\r\n')}\r\n\r\n${body}`);
}

async function listen(server: Server, { host, port }: ServerOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', error => {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'is taken by another program; choose one with --port'
        : `cannot be opened: ${error.message}`;
    reject(new Error(`Port ${port} at ${host} ${why}.`, { cause: error }));
  });
  server.listen(port, host, resolve);
  await promise;
  return (server.address() as { port: number }).port;
}

/** An address by which other machines reach us, when we listen on all of them. */
function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const outer = Object.values(networkInterfaces()).flat();
  return outer.find(address => address && !address.internal && address.family === 'IPv4')?.address ?? '127.0.0.1';
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);
const hostOf = (url: string) => new URL(url).hostname.replace(/^\[|\]$/g, '');

/** A relay that was just started uses its code at once. */
const invitationMilliseconds = 60_000;

/**
 * The built-in relay asks for a code when it has no identity, and gets it over the channel between the processes. One that
 * was replaced gets a code once its place is free: to replace its successor would undo what a person did on purpose.
 */
async function invite(ports: Ports, endpoint: string, request: InvitationRequest): Promise<Invitation | undefined> {
  const location = await ports.registry.getLocation(companyId, locationId);
  if (request === 'return' && location?.relayId) return undefined;
  const invited = { locationId, milliseconds: invitationMilliseconds, replace: true };
  const { code } = await createEnrolmentCode(ports, { companyId, scopes: [] }, invited);
  return { url: endpoint, code };
}

/** A sentence about the relay that has the place of the built-in one, if there is such a relay. */
async function otherRelay({ registry }: Pick<Ports, 'registry'>, data: string): Promise<string | undefined> {
  const [location, own] = await Promise.all([registry.getLocation(companyId, locationId), ownRelayId(data)]);
  if (!own || !location?.relayId || roleOf(location, own as RelayId)) return undefined;
  const back = `npm run platen -- admin relay revoke --company ${companyId} --relay ${location.relayId} --data ${data}`;
  return `Another relay, ${location.relayId}, has the place of this machine's relay at ${locationId}. To end that: ${back}`;
}

/** Undefined before the relay has enrolled, and of a damaged file, which the relay itself reports. */
async function ownRelayId(data: string): Promise<string | undefined> {
  try {
    const text = await readFile(join(data, 'relay', 'identity.json'), 'utf8');
    return (JSON.parse(text) as { relayId?: string }).relayId;
  } catch {
    return undefined;
  }
}

/** Those of this start first, then those that the relay keeps from earlier starts. */
async function activePrinters({ registry }: Pick<Ports, 'registry'>, given: string[]): Promise<string[]> {
  const known = await registry.listPrinters(companyId, locationId);
  const active = new Set(known.filter(({ active }) => active).map(({ deviceId }) => deviceId));
  return [...new Set([...given, ...active])].filter(id => active.has(id)).map(id => `${locationId}:${id}`);
}

function relayArguments(folder: string, devices: Map<string, string>, logins: string[], link: Link): string[] {
  const printers = [...devices].flatMap(([name, uri]) => ['--printer', `${name}=${uri}`]);
  const broker = ['--server', link.server, '--mqtt-host', link.host, '--mqtt-port', `${link.port}`];
  return [
    '--data',
    folder,
    '--status-port',
    '0',
    ...broker,
    ...printers,
    ...logins.flatMap(login => ['--login', login]),
  ];
}

interface Link {
  server: string;
  host: string;
  port: number;
}

/** The relay of this machine needs neither the public name nor the address that the machine had when it enrolled. */
const innerHost = (host: string) => (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host);
