import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Ports } from '../core/ports/index.ts';
import { withContext } from '../telemetry/context.ts';
import { log } from '../telemetry/log.ts';
import { record } from '../telemetry/metrics.ts';
import { inContext } from './context.ts';

/**
 * A Lambda handler for an SQS queue. Messages of a batch are worked on side by side, equal ones once. One that fails
 * goes back by its id; one that `read` refuses can never be handled, and is logged and acknowledged. Without `read` only
 * our own code may send to the queue. Messages that another one of the batch makes superfluous are acknowledged unhandled.
 */
export function queueHandler<Message, Given extends Ports>(
  openPorts: () => Given,
  work: (ports: Given, message: Message) => Promise<void>,
  read: (body: object) => Message | undefined = body => body as Message,
  superfluousOf: (messages: Message[]) => Set<Message> = () => new Set(),
) {
  const handler = middy<SQSEvent, SQSBatchResponse>().handler(async event => {
    const ports = openPorts();
    const groups = [...Map.groupBy(event.Records, ({ body }) => body)].map(([body, records]) => ({
      body,
      records,
      message: parse(body, read),
    }));
    const superfluous = superfluousOf(groups.flatMap(({ message }) => message ?? []));
    const failures = await Promise.all(
      groups.map(async ({ body, records, message: given }) => {
        if (given && superfluous.has(given)) return [];
        const fields = fieldsOf(records[0] as SQSRecord);
        const failed = await withContext(fields, () => attempt(given, body, message => work(ports, message)));
        return failed ? records.map(({ messageId }) => ({ itemIdentifier: messageId })) : [];
      }),
    );
    return { batchItemFailures: failures.flat() };
  });
  return inContext(
    () => ({}),
    (event: SQSEvent, context) => handler(event, context),
  );
}

const fieldsOf = ({ messageId, eventSourceARN, attributes }: SQSRecord) => ({
  queue: eventSourceARN?.split(':').at(-1),
  messageId,
  deliveries: Number(attributes?.ApproximateReceiveCount ?? 1),
});

async function attempt<Message>(
  message: Message | undefined,
  body: string,
  work: (message: Message) => Promise<void>,
): Promise<boolean> {
  if (message === undefined) {
    log.error('poison-message', { body: body.slice(0, 200) });
    return false;
  }
  return await withContext(subjectOf(message as object), async () => {
    try {
      await work(message);
      return false;
    } catch (error) {
      log.error('message-failed', { error });
      record('messagesFailed');
      return true;
    }
  });
}

/** What a message is about, under the names that log lines use. */
function subjectOf(message: object): Record<string, unknown> {
  const { type, jobId, jobIds, companyId, relayId, printer } = message as Record<string, unknown>;
  return { type, jobId, jobIds, companyId, relayId, printer };
}

function parse<Message>(body: string, read: (body: object) => Message | undefined): Message | undefined {
  try {
    const message = JSON.parse(body) as unknown;
    return typeof message === 'object' && message !== null ? read(message) : undefined;
  } catch {
    return undefined;
  }
}
