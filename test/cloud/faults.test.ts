import { afterAll, describe, expect, test } from 'vitest';
import { openBucket, openQueue, openTables } from '../../doubles/aws-harness.ts';
import { type Fault, injectFaults } from '../../doubles/fault-injection.ts';
import { someToken } from '../../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { documentStoreSuite } from '../ports/document-store-suite.ts';
import { jobStoreSuite } from '../ports/job-store-suite.ts';
import { multipartSuite } from '../ports/multipart-suite.ts';
import { pieceStoreSuite } from '../ports/piece-store-suite.ts';
import { registrySuite } from '../ports/registry-suite.ts';
import { uploadStoreSuite } from '../ports/upload-store-suite.ts';

/*
 * Runs the port suites again, with every third request failing at its first attempt. The ports' guarantees must hold:
 * acknowledged writes exist, and a write whose response was lost is recognised as the caller's own.
 */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());
const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };

/**
 * Some operations are not idempotent: a repeated increment skips a number, and a repeated CreateMultipartUpload leaves
 * an unknown upload.
 */
const isCounted = (command: string, input: object) =>
  command === 'CreateMultipartUploadCommand' ||
  String((input as { UpdateExpression?: string }).UpdateExpression).startsWith('ADD');

function everyThird(): Parameters<typeof injectFaults>[1] {
  const faults: Fault[] = ['lost', 'unavailable', 'lost', 'lost', 'unavailable', 'throttled'];
  let requests = 0;
  return (command, input, attempt) => {
    if (attempt > 1 || ++requests % 3 !== 0) return undefined;
    const fault = faults[(requests / 3) % faults.length];
    return fault === 'lost' && isCounted(command, input) ? 'unavailable' : fault;
  };
}

const tables = () => openTables(settings, client => injectFaults(client, everyThird()));
const bucket = () => openBucket(settings, client => injectFaults(client, everyThird()));

jobStoreSuite('aws with faults', tables);
uploadStoreSuite('aws with faults', tables);
registrySuite('aws with faults', tables);
documentStoreSuite('aws with faults', bucket);
multipartSuite('aws with faults', bucket);
pieceStoreSuite('aws with faults', bucket);

describe('lost responses', () => {
  /** Every request takes effect, and its first response is lost. */
  const loseAll = (client: object) =>
    injectFaults(client, (_command, _input, attempt) => (attempt === 1 ? 'lost' : undefined));

  test('leave no message unsent', async () => {
    const { queue, consume, close } = await openQueue(settings, loseAll);
    const messages = Array.from({ length: 23 }, () => ({ jobIds: [someToken() as never] }));
    const delivered = new Set<string>();

    await queue.send('prepare', messages);
    const row = {
      function: 'prepare',
      batchSize: 10,
      concurrency: 2,
      visibilitySeconds: 30,
      maximumDeliveries: 3,
    } as const;
    const consumer = consume('prepare', row, async event => {
      for (const record of event.Records) delivered.add(record.body);
      return undefined;
    });
    await expect.poll(() => delivered.size, { timeout: 15_000 }).toBe(23);

    expect(delivered).toEqual(new Set(messages.map(message => JSON.stringify(message))));
    await consumer.stop();
    await close();
  });
});

describe('a batch of messages that is accepted in part', () => {
  test('is completed by resending only the rest', async () => {
    const sent: string[][] = [];
    const { queue, leftBehind, close } = await openQueue(settings, client => {
      client.middlewareStack.add(
        next => async given => {
          const input = given.input as { Entries: { Id: string; MessageBody: string }[] };
          sent.push(input.Entries.map(entry => entry.MessageBody));
          const refused = sent.length === 1 ? input.Entries.slice(0, 3) : [];
          const Entries = input.Entries.filter(entry => !refused.includes(entry));
          const answer = await next({ ...given, input: { ...input, Entries } as never });
          const Failed = refused.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
          return { ...answer, output: { ...(answer.output as object), Failed } as never };
        },
        { step: 'initialize' },
      );
    });
    const messages = Array.from({ length: 7 }, () => ({ jobIds: [someToken() as never] }));

    await queue.send('prepare', messages);

    const bodies = messages.map(message => JSON.stringify(message));
    expect(sent).toEqual([bodies, bodies.slice(0, 3)]);
    expect(await leftBehind()).toHaveLength(7);
    await close();
  });
});
