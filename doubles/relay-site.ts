import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Broker, startBroker } from '../shared/adapters/embedded/mqtt/broker.ts';
import { openCertificateAuthority } from '../shared/adapters/embedded/mqtt/certificate-authority.ts';
import type { JobId, RelayId } from '../shared/core/domain/ids.ts';
import type { EnrolAnswer, EnrolRequest, Report, Ticket, UpMessage } from '../shared/protocol/relay-protocol.ts';

const program = fileURLToPath(new URL('../relay/main.ts', import.meta.url));
const relayId = 'relay-of-the-test' as RelayId;

/** Polls until a value is there; the test's timeout applies. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** A document that need not be in memory. */
export interface SiteDocument {
  octets: number;
  sha256: string;
  open(): Readable;
}

const inMemory = (octets: Buffer): SiteDocument => ({
  octets: octets.length,
  sha256: createHash('sha256').update(octets).digest('hex'),
  open: () => Readable.from([octets]),
});

/**
 * A real relay process with a minimal cloud: the real broker, documents and enrolment over HTTP, and a record of
 * granted jobs. The process can be killed and restarted on its folder.
 */
export class RelaySite {
  readonly folder: string;
  /** every message from relays, in order */
  readonly heard: UpMessage[] = [];
  readonly enrolments: EnrolRequest[] = [];
  /** messages that the cloud does not send for now */
  readonly withheld = new Set<'granted' | 'noted' | 'document' | 'enrolment'>();
  documentsAsked = 0;
  relay: ChildProcess | undefined;
  readonly #jobs = new Map<string, { ticket: Ticket; document: SiteDocument; isTaken: boolean }>();
  #broker: Broker;
  readonly #startBroker: (port: number) => Promise<Broker>;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #enrolAnswer: (csr: string) => Promise<EnrolAnswer>;

  private constructor(
    folder: string,
    broker: Broker,
    startAgain: (port: number) => Promise<Broker>,
    enrolAnswer: (csr: string) => Promise<EnrolAnswer>,
  ) {
    this.folder = folder;
    this.#broker = broker;
    this.#startBroker = startAgain;
    this.#enrolAnswer = enrolAnswer;
  }

  static async start(): Promise<RelaySite> {
    const folder = await mkdtemp(join(tmpdir(), 'platen-relay-'));
    const ca = await openCertificateAuthority(join(folder, 'cloud'), []);
    const onUp = async (event: unknown) => site.#hear(event as UpMessage);
    const startOn = (port: number) => startBroker({ ca, host: '127.0.0.1', port, onUp });
    const broker = await startOn(0);
    const identities = ca.identities({ host: 'localhost', port: broker.port });
    const site = new RelaySite(folder, broker, startOn, async csr => ({
      relayId,
      locationId: 'office',
      ...(await identities.issue(relayId, csr)),
    }));
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    onTestFinished(() => site.#stop());
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get data(): string {
    return join(this.folder, 'relay');
  }

  /** Starts the relay, and enrols it on the first start. */
  startRelay(...args: string[]): ChildProcess {
    const stdio: ['ignore', 'ignore', 'pipe', 'ipc'] = ['ignore', 'ignore', 'pipe', 'ipc'];
    const all = ['--data', this.data, '--status-port', '0', '--enrol', this.url, '--code', 'a-code', ...args];
    this.relay = fork(program, all, { stdio, execArgv: [] });
    // a full pipe would block the process if it were not read
    this.relay.stderr?.resume();
    return this.relay;
  }

  /** Sends SIGKILL and waits for the exit. */
  async killRelay(): Promise<void> {
    const { relay } = this;
    if (!relay || relay.exitCode !== null || relay.signalCode !== null) return;
    const exited = once(relay, 'exit');
    relay.kill('SIGKILL');
    await exited;
  }

  /** Closes every connection and refuses new ones until `work` is done. */
  async withoutBroker(work: () => Promise<void>): Promise<void> {
    const { port } = this.#broker;
    await this.#broker.stop();
    await work();
    this.#broker = await this.#startBroker(port);
  }

  /** Creates a job and sends its ticket to a connected relay. */
  async submit(number: number, deviceId: string, content: Buffer | SiteDocument): Promise<Ticket> {
    const document = Buffer.isBuffer(content) ? inMemory(content) : content;
    const jobId = number.toString(16).padStart(32, '0') as JobId;
    const ticket: Ticket = {
      jobId,
      attempt: 1,
      deviceId,
      sequence: number,
      name: `job ${number}`,
      format: 'application/pdf',
      octets: document.octets,
      sha256: document.sha256,
      url: `${this.url}/documents/${jobId}`,
      template: {},
      unconfirmedPolicy: 'ask',
      possibleDuplicate: false,
    };
    this.#jobs.set(jobId, { ticket, document, isTaken: false });
    await this.#offer();
    return ticket;
  }

  async cancel({ jobId, attempt }: Ticket): Promise<void> {
    await this.#broker.publish(relayId, { type: 'cancel', jobId, attempt });
  }

  reportsOf({ jobId }: Ticket): Report[] {
    return this.heard.filter(message => message.type === 'report' && message.jobId === jobId) as Report[];
  }

  /** Waits for the job's final report. */
  async endOf(ticket: Ticket): Promise<Report> {
    const isEnd = ({ state, reasons }: Report) =>
      !state.startsWith('processing') || reasons.includes('delivery-unconfirmed');
    return await until(() => this.reportsOf(ticket).findLast(isEnd));
  }

  async heardOf(type: UpMessage['type'], { jobId }: Ticket): Promise<void> {
    await until(() =>
      this.heard.some(message => message.type === type && 'jobId' in message && message.jobId === jobId),
    );
  }

  async #offer(): Promise<void> {
    const waiting = [...this.#jobs.values()].filter(({ isTaken }) => !isTaken).map(({ ticket }) => ticket);
    await this.#broker.publish(relayId, { type: 'tickets', tickets: waiting.slice(0, 20), more: waiting.length > 20 });
  }

  async #hear(message: UpMessage): Promise<void> {
    this.heard.push(message);
    if (message.type === 'fetch') await this.#offer();
    if (message.type === 'acknowledge' && !this.withheld.has('granted')) {
      const job = this.#jobs.get(message.jobId);
      if (job) job.isTaken = true;
      const { jobId, attempt, reports = [] } = message;
      const noted = this.withheld.has('noted') ? [] : reports.map(({ jobId, attempt }) => ({ jobId, attempt }));
      await this.#broker.publish(relayId, { type: job ? 'granted' : 'refused', jobId, attempt, noted });
    }
    if (message.type === 'report' && !message.canWait && !this.withheld.has('noted')) {
      const isEnd = !message.state.startsWith('processing') || message.reasons.includes('delivery-unconfirmed');
      const { jobId, attempt } = message;
      if (isEnd) await this.#broker.publish(relayId, { type: 'noted', jobId, attempt });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST' && request.url === '/platen/v1/relays/enrol') {
      const asked = (await json(request)) as EnrolRequest;
      this.enrolments.push(asked);
      const answer = await this.#enrolAnswer(asked.csr);
      if (this.withheld.has('enrolment')) response.destroy();
      else response.end(JSON.stringify(answer));
      return;
    }
    this.documentsAsked++;
    const job = this.#jobs.get(request.url?.split('/').at(-1) ?? '');
    if (!job) response.writeHead(404).end();
    else if (!this.withheld.has('document')) job.document.open().pipe(response);
  }

  async #stop(): Promise<void> {
    await this.killRelay();
    await this.#broker.stop();
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
