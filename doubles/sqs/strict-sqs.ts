import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ListeningServer, startServer } from '../listening-server.ts';
import { SqsError, StrictQueue } from './strict-queue.ts';

/*
 * SQS for unit tests: the operations that the adapters and their clients use, over HTTP, in memory. It refuses what SQS
 * refuses and whatever it does not know, and takes every second batch only in part, as SQS may do. Its clock can be
 * advanced. A long poll that finds nothing ends early.
 */

/** [Amazon SQS, message quotas]; the largest message was 256 KiB before August 2025. */
const messageOctetsAtMost = 1024 * 1024;
const entriesAtMost = 10;
const delaySecondsAtMost = 900;
const visibilitySecondsAtMost = 43_200;
const pollSecondsAtMost = 20;
const emptyPollMilliseconds = 20;

interface Entry {
  Id: string;
  MessageBody: string;
  DelaySeconds?: number;
  MessageGroupId?: string;
}

export interface StrictSqs extends ListeningServer {
  advance(milliseconds: number): Promise<void>;
}

export async function startStrictSqs(): Promise<StrictSqs> {
  let ahead = 0;
  const server = await startServer((request, response) => answer(service, request, response));
  const service = new Service(server.endpoint, () => Date.now() + ahead);
  return {
    ...server,
    async advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}

async function answer(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const operation = `${request.headers['x-amz-target']}`.split('.')[1] ?? '';
  const respond = (status: number, body: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  try {
    respond(200, await service.handle(operation, (await json(request)) as never));
  } catch (error) {
    const { code, message } = error instanceof SqsError ? error : new SqsError('DoubleFailedException', `${error}`);
    respond(400, { __type: `com.amazonaws.sqs#${code}`, message });
  }
}

class Service {
  readonly #queues = new Map<string, StrictQueue>();
  readonly #endpoint: string;
  readonly #now: () => number;
  #batches = 0;

  constructor(endpoint: string, now: () => number) {
    this.#endpoint = endpoint;
    this.#now = now;
  }

  async handle(operation: string, input: never): Promise<object> {
    switch (operation) {
      case 'CreateQueue':
        return this.#create(input);
      case 'GetQueueAttributes':
        return this.#attributes(input);
      case 'SendMessage':
        return this.#send(input);
      case 'SendMessageBatch':
        return this.#sendBatch(input);
      case 'ReceiveMessage':
        return await this.#receive(input);
      case 'DeleteMessage':
        return this.#delete(input);
      default:
        throw new Error(`${operation} is not implemented.`);
    }
  }

  #queue(url: string): StrictQueue {
    const queue = this.#queues.get(url);
    if (!queue) throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  #create({ QueueName, Attributes = {} }: { QueueName: string; Attributes?: Record<string, string> }): object {
    const { VisibilityTimeout = '30', RedrivePolicy } = Attributes;
    const policy = RedrivePolicy === undefined ? undefined : JSON.parse(RedrivePolicy);
    const redrive = policy && {
      to: this.#queue(urlOfArn(policy.deadLetterTargetArn)),
      maxReceiveCount: policy.maxReceiveCount,
    };
    const QueueUrl = `${this.#endpoint}/000000000000/${QueueName}`;
    this.#queues.set(QueueUrl, new StrictQueue({ visibilitySeconds: Number(VisibilityTimeout), redrive }, this.#now));
    return { QueueUrl };
  }

  #attributes({ QueueUrl }: { QueueUrl: string }): object {
    const counts = Object.entries(this.#queue(QueueUrl).counts()).map(([name, count]) => [name, String(count)]);
    return { Attributes: { QueueArn: arnOfUrl(QueueUrl), ...Object.fromEntries(counts) } };
  }

  #send({ QueueUrl, ...message }: Omit<Entry, 'Id'> & { QueueUrl: string }): object {
    checkMessage({ Id: 'only', ...message });
    const { id, md5 } = this.#queue(QueueUrl).add(message.MessageBody, message.DelaySeconds ?? 0);
    return { MessageId: id, MD5OfMessageBody: md5 };
  }

  #sendBatch({ QueueUrl, Entries = [], ...unknown }: { QueueUrl: string; Entries?: Entry[] }): object {
    checkNothing(unknown);
    const queue = this.#queue(QueueUrl);
    checkBatch(Entries);
    const isWhole = this.#batches++ % 2 === 1;
    const outcomes = Entries.map((entry, index) => {
      const { Id, MessageBody, DelaySeconds = 0, MessageGroupId } = entry;
      const refusal = refusalOf(entry);
      if (refusal) return { Failed: { Id, SenderFault: true, ...refusal } };
      const isTaken = isWhole || index < Math.ceil(Entries.length / 2);
      if (!isTaken) return { Failed: { Id, SenderFault: false, Code: 'InternalError', Message: 'Try again.' } };
      const { id, md5 } = queue.add(MessageBody, DelaySeconds, MessageGroupId);
      return { Successful: { Id, MessageId: id, MD5OfMessageBody: md5 } };
    });
    return {
      Successful: outcomes.flatMap(({ Successful }) => Successful ?? []),
      Failed: outcomes.flatMap(({ Failed }) => Failed ?? []),
    };
  }

  async #receive(input: {
    QueueUrl: string;
    MaxNumberOfMessages?: number;
    VisibilityTimeout?: number;
    WaitTimeSeconds?: number;
  }): Promise<object> {
    const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = input;
    checkRange('MaxNumberOfMessages', MaxNumberOfMessages, 1, 10);
    checkRange('VisibilityTimeout', VisibilityTimeout ?? 0, 0, visibilitySecondsAtMost);
    checkRange('WaitTimeSeconds', WaitTimeSeconds, 0, pollSecondsAtMost);
    const take = () => this.#queue(QueueUrl).receive(MaxNumberOfMessages, VisibilityTimeout);
    let messages = take();
    if (messages.length === 0 && WaitTimeSeconds > 0) {
      await sleep(emptyPollMilliseconds);
      messages = take();
    }
    return {
      Messages: messages.map(({ id, body, group, sentAt, receives, firstReceivedAt, handle }) => ({
        MessageId: id,
        ReceiptHandle: handle,
        Body: body,
        MD5OfBody: hash('md5', body),
        Attributes: {
          ApproximateReceiveCount: String(receives),
          SentTimestamp: String(sentAt),
          ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
          ...(group !== undefined && { MessageGroupId: group }),
        },
      })),
    };
  }

  #delete({ QueueUrl, ReceiptHandle }: { QueueUrl: string; ReceiptHandle: string }): object {
    this.#queue(QueueUrl).delete(ReceiptHandle);
    return {};
  }
}

const arnOfUrl = (url: string) => `arn:aws:sqs:eu-central-1:000000000000:${url}`;
const urlOfArn = (arn: string) => arn.replace('arn:aws:sqs:eu-central-1:000000000000:', '');

/** What refuses the whole batch. */
function checkBatch(entries: Entry[]): void {
  if (entries.length === 0) throw new SqsError('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > entriesAtMost)
    throw new SqsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${entriesAtMost}.`);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  if (entries.some(({ Id }) => !/^[\w-]{1,80}$/.test(Id)))
    throw new SqsError('InvalidBatchEntryId', 'A batch entry id has at most 80 letters, digits, hyphens, underscores.');
  const octets = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
  if (octets > messageOctetsAtMost)
    throw new SqsError('BatchRequestTooLong', `Batch requests cannot be longer than ${messageOctetsAtMost} bytes.`);
}

function checkMessage(entry: Entry): void {
  const refusal = refusalOf(entry);
  if (refusal) throw new SqsError(refusal.Code, refusal.Message);
}

/** What refuses one message. */
function refusalOf(entry: Entry): { Code: string; Message: string } | undefined {
  const { Id: _, MessageBody, DelaySeconds = 0, MessageGroupId, ...unknown } = entry;
  checkNothing(unknown);
  const refuse = (Message: string) => ({ Code: 'InvalidParameterValue', Message });
  if (!MessageBody) return { Code: 'MissingParameter', Message: 'The request must contain the parameter MessageBody.' };
  if (Buffer.byteLength(MessageBody) > messageOctetsAtMost)
    return refuse('One or more parameters are invalid: length.');
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(MessageBody))
    return { Code: 'InvalidMessageContents', Message: 'Invalid characters' };
  const isTimely = Number.isInteger(DelaySeconds) && DelaySeconds >= 0 && DelaySeconds <= delaySecondsAtMost;
  if (!isTimely) return refuse(`Value ${DelaySeconds} for parameter DelaySeconds is invalid.`);
  if (MessageGroupId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(MessageGroupId))
    return refuse(`Value ${MessageGroupId} for parameter MessageGroupId is invalid.`);
  return undefined;
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new SqsError('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid.`);
}

/** Whatever else is in a request is unknown here, and refused. */
function checkNothing(unknown: object): void {
  const [first] = Object.keys(unknown);
  if (first) throw new Error(`The parameter ${first} is not implemented.`);
}
