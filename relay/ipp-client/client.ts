import { make, textOf } from '../../shared/ipp/attributes.ts';
import { encodeMessage } from '../../shared/ipp/encode.ts';
import type { IppAttribute, IppMessage } from '../../shared/ipp/message.ts';
import { groupTags, isSuccess, operations, statusCodes, statusName } from '../../shared/ipp/tags.ts';
import { type Deadlines, type Document, exchange } from './exchange.ts';
import type { IppTarget } from './target.ts';

/** What a printer answered, groups told apart. */
export interface IppAnswer {
  status: number;
  /** the status and what the printer says about it, for people */
  message: string;
  printer: IppAttribute[];
  jobs: IppAttribute[][];
}

export interface CreateJob {
  jobName: string;
  /** Job Template attributes */
  template: IppAttribute[];
}

export interface SendDocument {
  jobId: number;
  /** absent: as the printer takes it by default */
  format: string | undefined;
  document: Document;
  signal?: AbortSignal;
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
  #version = { major: 2, minor: 0 };
  #requestId = 0;

  constructor(target: IppTarget, deadlines: Deadlines) {
    this.#target = target;
    this.#deadlines = deadlines;
  }

  /** Asked before anything else, so this is where a printer of IPP/1.1 makes itself known [RFC 8011 4.1.8]. */
  async getPrinterAttributes(requested: string[], signal?: AbortSignal): Promise<IppAnswer> {
    const ask = () =>
      this.#ask(operations.getPrinterAttributes, [make.keyword('requested-attributes', ...requested)], { signal });
    const answer = await ask();
    const isTooNew = answer.status === statusCodes['server-error-version-not-supported'] && this.#version.major > 1;
    if (!isTooNew) return answer;
    this.#version = { major: 1, minor: 1 };
    return ask();
  }

  createJob({ jobName, template }: CreateJob): Promise<IppAnswer> {
    const operation = [make.name('job-name', jobName), make.boolean('ipp-attribute-fidelity', false)];
    return this.#ask(operations.createJob, operation, { job: template });
  }

  sendDocument({ jobId, format, document, signal }: SendDocument): Promise<IppAnswer> {
    const operation = [
      make.integer('job-id', jobId),
      ...(format ? [make.mediaType('document-format', format)] : []),
      make.boolean('last-document', true),
    ];
    return this.#ask(operations.sendDocument, operation, { document, signal });
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

  async #ask(code: number, operation: IppAttribute[], more: Carried = {}): Promise<IppAnswer> {
    this.#requestId += 1;
    const message = {
      version: this.#version,
      code,
      requestId: this.#requestId,
      groups: this.#groups(operation, more.job ?? []),
      data: Buffer.alloc(0),
    };
    const { document, signal } = more;
    const request = { target: this.#target, head: encodeMessage(message), deadlines: this.#deadlines };
    return readAnswer(await exchange({ ...request, document, signal }));
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
}

function readAnswer({ code, groups }: IppMessage): IppAnswer {
  const groupsOf = (tag: number) => groups.filter(group => group.tag === tag).map(group => group.attributes);
  const said = textOf(groupsOf(groupTags.operation).flat(), 'status-message');
  return {
    status: code,
    message: said && !isSuccess(code) ? `${statusName(code)}: ${said}` : statusName(code),
    printer: groupsOf(groupTags.printer).flat(),
    jobs: groupsOf(groupTags.job),
  };
}
