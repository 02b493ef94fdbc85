import http from 'node:http';
import https from 'node:https';
import type { IppTarget } from '../../shared/core/domain/device-address.ts';
import { make, textOf } from '../../shared/ipp/attributes.ts';
import { encodeMessage } from '../../shared/ipp/encode.ts';
import type { IppAttribute, IppMessage } from '../../shared/ipp/message.ts';
import { groupTags, isSuccess, operations, statusCodes, statusName } from '../../shared/ipp/tags.ts';
import type { Authorization } from './authorization.ts';
import type { CertificatePins } from './certificate-pins.ts';
import { IppExchangeError } from './errors.ts';
import { type Deadlines, type Document, exchange } from './exchange.ts';

/** A printer's answer, by groups. */
export interface IppAnswer {
  status: number;
  /** the status and what the printer says about it, for people */
  message: string;
  printer: IppAttribute[];
  jobs: IppAttribute[][];
  /** what the printer ignored, or refuses the request for [RFC 8011 4.1.7] */
  unsupported: IppAttribute[];
}

export interface CreateJob {
  jobName: string;
  /** Job Template attributes */
  template: IppAttribute[];
}

export interface SendDocument {
  jobId: number;
  document: Document;
  signal?: AbortSignal;
  /** absent: as the printer takes it by default */
  format: string | undefined;
}

/** Create-Job and Send-Document in one, for printers that have no other way. */
export type PrintJob = CreateJob & Omit<SendDocument, 'jobId'>;

/** The form of requests that a printer accepts. Cached for each printer. */
export interface Dialect {
  version: { major: number; minor: number };
  /** lists of attribute names are refused: `all` is asked for instead */
  isForAll: boolean;
}

export const newDialect = (): Dialect => ({ version: { major: 2, minor: 0 }, isForAll: false });

/** Tried in turn with a printer that refuses Get-Printer-Attributes. */
const dialects: Dialect[] = [
  { version: { major: 2, minor: 0 }, isForAll: true },
  { version: { major: 1, minor: 1 }, isForAll: false },
  { version: { major: 1, minor: 1 }, isForAll: true },
  { version: { major: 1, minor: 0 }, isForAll: true },
];

export interface ClientOptions {
  dialect?: Dialect;
  authorization?: Authorization;
  pins?: CertificatePins;
}

/** Printers hide the names of jobs from everybody but their owner [PWG 5100.13 5.6]: always be the same one. */
const requestingUserName = 'platen';
const maxJobs = 1000;

/**
 * The operations of IPP that a relay needs [RFC 8011 4.2, 4.3]. A printer's refusal is an answer like any other;
 * only an exchange that came to no answer throws, and then an `IppExchangeError`.
 */
export class IppClient {
  readonly #target: IppTarget;
  readonly #deadlines: Deadlines;
  readonly #dialect: Dialect;
  readonly #authorization: Authorization | undefined;
  readonly #pins: CertificatePins | undefined;
  readonly #agent: http.Agent;
  #requestId = 0;

  constructor(target: IppTarget, deadlines: Deadlines, { dialect, authorization, pins }: ClientOptions = {}) {
    this.#target = target;
    this.#deadlines = deadlines;
    this.#dialect = dialect ?? newDialect();
    this.#authorization = authorization;
    this.#pins = pins;
    this.#agent = new (target.secure ? https.Agent : http.Agent)({ keepAlive: true, maxFreeSockets: 1 });
  }

  /** Leaves the printer's connection to others: some take one at a time. */
  close(): void {
    this.#agent.destroy();
  }

  /**
   * Asked before anything else, so this is where an old or odd printer shows how it wants to be asked: by an older
   * version [RFC 8011 4.1.8], or without a list of attributes. Which of the two it is a refusal does not say.
   */
  async getPrinterAttributes(requested: string[], signal?: AbortSignal): Promise<IppAnswer> {
    let best = await this.#printerAttributes(this.#dialect, requested, signal);
    for (const dialect of dialects) {
      if (isOfPrinter(best)) break;
      const answer = await this.#printerAttributes(dialect, requested, signal);
      if (!isOfPrinter(answer) && !isBetter(answer, best)) continue;
      Object.assign(this.#dialect, dialect);
      best = answer;
    }
    if (best instanceof IppExchangeError) throw best;
    const uuid = textOf(best.printer, 'printer-uuid');
    if (uuid && this.#target.secure) this.#pins?.identify(this.#target.url.host, uuid);
    return best;
  }

  async #printerAttributes(
    dialect: Dialect,
    requested: string[],
    signal: AbortSignal | undefined,
  ): Promise<IppAnswer | IppExchangeError> {
    const names = dialect.isForAll ? ['all'] : requested;
    const operation = [make.keyword('requested-attributes', ...names)];
    const { version } = dialect;
    return await this.#ask(operations.getPrinterAttributes, operation, { signal, version }).catch(error => {
      if (error instanceof IppExchangeError) return error;
      throw error;
    });
  }

  createJob({ jobName, template }: CreateJob): Promise<IppAnswer> {
    const operation = [make.name('job-name', jobName), make.boolean('ipp-attribute-fidelity', false)];
    return this.#ask(operations.createJob, operation, { job: template, isOnce: true });
  }

  sendDocument({ jobId, format, document, signal }: SendDocument): Promise<IppAnswer> {
    const operation = [
      make.integer('job-id', jobId),
      ...(format ? [make.mediaType('document-format', format)] : []),
      make.boolean('last-document', true),
    ];
    return this.#ask(operations.sendDocument, operation, { document, signal });
  }

  printJob({ jobName, template, format, document, signal }: PrintJob): Promise<IppAnswer> {
    const operation = [
      make.name('job-name', jobName),
      make.boolean('ipp-attribute-fidelity', false),
      ...(format ? [make.mediaType('document-format', format)] : []),
    ];
    return this.#ask(operations.printJob, operation, { job: template, document, signal });
  }

  getJobAttributes(jobId: number, requested: string[]): Promise<IppAnswer> {
    const operation = [make.integer('job-id', jobId), make.keyword('requested-attributes', ...requested)];
    return this.#ask(operations.getJobAttributes, operation);
  }

  getJobs(whichJobs: 'completed' | 'not-completed', requested: string[]): Promise<IppAnswer> {
    const operation = [
      make.integer('limit', maxJobs),
      make.keyword('requested-attributes', ...requested),
      make.keyword('which-jobs', whichJobs),
      make.boolean('my-jobs', false),
    ];
    return this.#ask(operations.getJobs, operation);
  }

  cancelJob(jobId: number): Promise<IppAnswer> {
    return this.#ask(operations.cancelJob, [make.integer('job-id', jobId)]);
  }

  /** Has the printer show which one it is, in its usual way [PWG 5100.13 5.1]. */
  identifyPrinter(): Promise<IppAnswer> {
    return this.#ask(operations.identifyPrinter, []);
  }

  async #ask(code: number, operation: IppAttribute[], more: Carried = {}): Promise<IppAnswer> {
    this.#requestId += 1;
    const message = {
      version: more.version ?? this.#dialect.version,
      code,
      requestId: this.#requestId,
      groups: this.#groups(operation, more.job ?? []),
      data: Buffer.alloc(0),
    };
    const { document, signal, isOnce } = more;
    return readAnswer(
      await exchange({
        target: this.#target,
        head: encodeMessage(message),
        deadlines: this.#deadlines,
        agent: isOnce ? undefined : this.#agent,
        authorization: this.#authorization,
        pins: this.#pins,
        document,
        signal,
      }),
    );
  }

  /** charset, language and target come first and in this order [RFC 8011 4.1.4, 4.1.5]; job-id follows them */
  #groups(operation: IppAttribute[], job: IppAttribute[]) {
    const [first, ...others] = operation;
    const isTarget = first?.name === 'job-id';
    const opening = [
      make.charset('attributes-charset', 'utf-8'),
      make.language('attributes-natural-language', 'en'),
      make.uri('printer-uri', this.#target.printerUri),
      ...(first && isTarget ? [first] : []),
      make.name('requesting-user-name', requestingUserName),
    ];
    const operationGroup = { tag: groupTags.operation, attributes: [...opening, ...(isTarget ? others : operation)] };
    return job.length > 0 ? [operationGroup, { tag: groupTags.job, attributes: job }] : [operationGroup];
  }
}

interface Carried {
  job?: IppAttribute[];
  document?: Document;
  signal?: AbortSignal;
  version?: Dialect['version'];
  /** must not be sent twice: it goes over a new connection */
  isOnce?: boolean;
}

/** Refusals after which another dialect is tried. A printer that is busy or away refuses every one. */
function isOfPrinter(answer: IppAnswer | IppExchangeError): boolean {
  if (answer instanceof IppExchangeError) return ![400, 405, 500, 505].includes(answer.httpStatus ?? 0);
  const isBusy = answer.status >= 0x0500 && answer.status !== statusCodes['server-error-version-not-supported'];
  return isSuccess(answer.status) ? answer.printer.length > 0 : isBusy && answer.status !== 0x0501;
}

/** A success, though it says nothing of the printer. */
function isBetter(answer: IppAnswer | IppExchangeError, before: IppAnswer | IppExchangeError): boolean {
  const isAccepted = (one: typeof answer) => !(one instanceof IppExchangeError) && isSuccess(one.status);
  return isAccepted(answer) && !isAccepted(before);
}

function readAnswer({ code, groups }: IppMessage): IppAnswer {
  const groupsOf = (tag: number) => groups.filter(group => group.tag === tag).map(group => group.attributes);
  const said = textOf(groupsOf(groupTags.operation).flat(), 'status-message');
  return {
    status: code,
    message: said && !isSuccess(code) ? `${statusName(code)}: ${said}` : statusName(code),
    printer: groupsOf(groupTags.printer).flat(),
    jobs: groupsOf(groupTags.job),
    unsupported: groupsOf(groupTags.unsupported).flat(),
  };
}
