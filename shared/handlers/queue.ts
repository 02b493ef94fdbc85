import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Ports } from '../core/ports/index.ts';
import { log } from '../telemetry/log.ts';

/**
 * A Lambda handler for an SQS queue. Messages of a batch are worked on side by side, equal ones once. One that fails
 * goes back by its id; one that cannot be read at all never can be, and is logged and acknowledged.
 */
export function queueHandler<Message, Given extends Ports>(
  openPorts: () => Given,
  work: (ports: Given, message: Message) => Promise<void>,
) {
  return middy<SQSEvent, SQSBatchResponse>().handler(async event => {
    const ports = openPorts();
    const groups = [...Map.groupBy(event.Records, record => record.body)];
    const failures = await Promise.all(
      groups.map(async ([body, records]) => {
        const failed = await attempt(body, message => work(ports, message as Message));
        return failed ? records.map(record => ({ itemIdentifier: record.messageId })) : [];
      }),
    );
    return { batchItemFailures: failures.flat() };
  });
}

async function attempt(body: string, work: (message: unknown) => Promise<void>): Promise<boolean> {
  const message = parse(body);
  if (message === undefined) {
    log('poison-message', { body: body.slice(0, 200) });
    return false;
  }
  try {
    await work(message);
    return false;
  } catch (error) {
    log('message-failed', { error });
    return true;
  }
}

function parse(body: string): unknown {
  try {
    const message = JSON.parse(body) as unknown;
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
