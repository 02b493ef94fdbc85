import type { Context, DynamoDBStreamEvent, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompanyId } from '../../../shared/core/domain/ids.ts';
import type { Ports } from '../../../shared/core/ports/index.ts';
import { queueHandler } from '../../../shared/handlers/queue.ts';
import { scheduleHandler } from '../../../shared/handlers/schedule.ts';
import { streamHandler } from '../../../shared/handlers/stream.ts';
import { configureLog, log } from '../../../shared/telemetry/log.ts';
import { useMetrics } from '../../../shared/telemetry/metrics.ts';

/** What returns to a queue, a stream or a schedule, and what an operator reads about it. */

const context = {} as Context;
const ports = {} as Ports;
let lines: Record<string, unknown>[];
let counted: string[];
let undo: () => void;

beforeEach(() => {
  lines = [];
  counted = [];
  undo = configureLog({ level: 'info', format: 'json', write: line => lines.push(JSON.parse(line)) });
  useMetrics({ record: name => void counted.push(name), flush: () => undefined });
});
afterEach(() => {
  undo();
  useMetrics(undefined);
});

describe('a batch of a queue', () => {
  interface Message {
    jobId: string;
    fails?: boolean;
  }
  let worked: string[];
  beforeEach(() => {
    worked = [];
  });
  const work = async (_ports: Ports, { jobId, fails }: Message) => {
    worked.push(jobId);
    if (fails) throw new Error('the printer is on fire');
  };
  const isMessage = (body: object) => ('jobId' in body ? (body as Message) : undefined);

  const batchOf = (...bodies: unknown[]) =>
    ({
      Records: bodies.map((body, index) => ({
        messageId: `m${index}`,
        body: typeof body === 'string' ? body : JSON.stringify(body),
        eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:platen-test-prepare',
        attributes: { ApproximateReceiveCount: '2' },
      })),
    }) as unknown as SQSEvent;
  const failed = (...ids: string[]) => ({ batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })) });

  it('returns the messages that failed, and works on the others', async () => {
    const handler = queueHandler(() => ports, work);

    const answer = await handler(batchOf({ jobId: 'a' }, { jobId: 'b', fails: true }, { jobId: 'c' }), context);

    expect(answer).toEqual(failed('m1'));
    expect(worked).toEqual(['a', 'b', 'c']);
    expect(lines).toMatchObject([
      {
        event: 'message-failed',
        level: 'error',
        queue: 'platen-test-prepare',
        messageId: 'm1',
        deliveries: 2,
        jobId: 'b',
        error: { message: 'the printer is on fire' },
      },
    ]);
    expect(counted).toEqual(['messagesFailed']);
  });

  it('logs what a message is about, and nothing else of it', async () => {
    const subject = {
      type: 't',
      jobId: 'j',
      jobIds: ['k'],
      companyId: 'acme',
      relayId: 'r',
      printer: { locationId: 'a' },
    };
    const handler = queueHandler(
      () => ports,
      () => Promise.reject(new Error('no')),
    );
    const {
      eventSourceARN: _arn,
      attributes: _attributes,
      ...bare
    } = batchOf({ ...subject, secret: 's' }).Records[0] as SQSRecord;

    await handler({ Records: [bare as SQSRecord] }, context);

    expect(lines).toMatchObject([{ ...subject, deliveries: 1 }]);
    expect(lines[0]).not.toHaveProperty('secret');
    expect(lines[0]).not.toHaveProperty('queue');
  });

  it('works once on equal messages, and returns all of them when that fails', async () => {
    const same = { jobId: 'b', fails: true };

    const answer = await queueHandler(() => ports, work)(batchOf(same, { jobId: 'a' }, same), context);

    expect(answer).toEqual(failed('m0', 'm2'));
    expect(worked).toEqual(['b', 'a']);
  });

  it.each([
    ['no JSON', '{"jobId"'],
    ['no object', '7'],
    ['null', 'null'],
    ['no message', '{"type":"other"}'],
  ])('acknowledges a body that is %s, with its first characters in the log', async (_, body) => {
    const handler = queueHandler(() => ports, work, isMessage);

    const answer = await handler(batchOf(body + ' '.repeat(300), { jobId: 'a' }), context);

    expect(answer).toEqual(failed());
    expect(worked).toEqual(['a']);
    expect(lines).toMatchObject([{ event: 'poison-message', level: 'error', messageId: 'm0' }]);
    expect(String(lines[0]?.body).length).toBe(200);
    expect(counted).toEqual([]);
  });

  it.each(['null', '7', '"text"'])('acknowledges %s, also where only our own code sends messages', async body => {
    expect(await queueHandler(() => ports, work)(batchOf(body), context)).toEqual(failed());
    expect(lines).toMatchObject([{ event: 'poison-message' }]);
  });

  it('acknowledges what another message makes superfluous', async () => {
    const superfluousOf = (messages: Message[]) => new Set(messages.filter(({ fails }) => fails));
    const handler = queueHandler(() => ports, work, isMessage, superfluousOf);

    const answer = await handler(batchOf({ jobId: 'a', fails: true }, { jobId: 'a' }), context);

    expect([answer, worked]).toEqual([failed(), ['a']]);
  });
});

describe('a batch of a stream', () => {
  const recordOf = (number: string, companyId: string) =>
    ({ dynamodb: { SequenceNumber: number, Keys: { pk: { S: companyId } } } }) as never;
  const read = ({ dynamodb }: { dynamodb?: { Keys?: Record<string, { S?: string }>; SequenceNumber?: string } }) => {
    const companyId = dynamodb?.Keys?.pk?.S as CompanyId;
    if (companyId === 'broken') throw new Error('no change');
    return companyId === 'other' ? undefined : { after: { companyId }, number: dynamodb?.SequenceNumber };
  };
  const batch = (...records: unknown[]) => ({ Records: records }) as DynamoDBStreamEvent;

  it('is worked on by company, in order, and repeats only the company that failed', async () => {
    const worked: [string, unknown[]][] = [];
    const handler = streamHandler(
      read as never,
      async (changes: { after: { companyId: CompanyId }; number: string }[]) => {
        const companyId = changes[0]?.after.companyId as string;
        worked.push([companyId, changes.map(({ number }) => number)]);
        if (companyId === 'acme') throw new Error('the table is throttled');
      },
    );

    const answer = await handler(
      batch(recordOf('1', 'acme'), recordOf('2', 'rival'), recordOf('3', 'acme'), recordOf('4', 'other')),
      context,
    );

    expect(worked).toEqual([
      ['acme', ['1', '3']],
      ['rival', ['2']],
    ]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '3' }] });
    const error = { message: 'the table is throttled' };
    expect(lines).toMatchObject([{ event: 'message-failed', companyId: 'acme', error }]);
    expect(counted).toEqual(['messagesFailed']);
  });

  it('passes a record that cannot be read', async () => {
    const worked: unknown[] = [];
    const handler = streamHandler(read as never, async changes => void worked.push(...changes));

    const answer = await handler(batch(recordOf('1', 'broken'), recordOf('2', 'acme')), context);

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(worked).toHaveLength(1);
    expect(lines).toMatchObject([{ event: 'poison-message', keys: { pk: { S: 'broken' } } }]);
  });
});

describe('a schedule', () => {
  it('says nothing when all is well', async () => {
    const names: unknown[] = [];
    const handler = scheduleHandler(async () => {
      log.info('swept', {});
      names.push(lines[0]?.function);
    });

    await handler({}, { functionName: 'sweep' } as Context);

    expect([names, lines.length, counted]).toEqual([['sweep'], 1, []]);
  });

  it('logs, counts and passes on a failure', async () => {
    const fault = new Error('the clock stopped');
    const handler = scheduleHandler(async () => {
      throw fault;
    });

    await expect(handler({}, context)).rejects.toBe(fault);

    expect(lines).toMatchObject([{ event: 'schedule-failed', level: 'error', error: { message: fault.message } }]);
    expect(counted).toEqual(['messagesFailed']);
  });
});
