import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { makeRelayInbox } from '../../../server/relay-inbox.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import { configureLog } from '../../../shared/telemetry/log.ts';

const eventOf = (relayId: string, number = 0) => ({ relayId: relayId as RelayId, type: 'fetch', number });

/** An inbox whose messages are handled when the test says so. */
function makeInbox() {
  const bodies: string[] = [];
  const ends: ((answer: object | Error) => void)[] = [];
  const queued: string[] = [];
  const inbox = makeRelayInbox({
    handle: ({ Records }) => {
      bodies.push(...Records.map(({ body }) => body));
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      ends.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)));
      return promise;
    },
    enqueue: async body => void queued.push(body),
  });
  return { inbox, bodies, ends, queued };
}

it('handles a message at once, and nothing of it is left when it is done', async () => {
  const { inbox, bodies, ends, queued } = makeInbox();

  await inbox.receive(eventOf('a'));
  expect(bodies).toEqual([JSON.stringify(eventOf('a'))]);
  ends[0]?.({ batchItemFailures: [] });
  await inbox.idle();

  expect(queued).toEqual([]);
});

it('puts a message whose handling fails into the queue', async () => {
  const { inbox, ends, queued } = makeInbox();
  await inbox.receive(eventOf('a', 1));
  await inbox.receive(eventOf('a', 2));

  ends[0]?.({ batchItemFailures: [{ itemIdentifier: 'relay 1' }] });
  ends[1]?.(new Error('the function ended'));
  await inbox.idle();

  expect(queued.map(body => JSON.parse(body).number).toSorted()).toEqual([1, 2]);
});

it('logs a message that is lost, and holds up nothing for it', async () => {
  const lines: object[] = [];
  const undo = configureLog({ format: 'json', write: line => lines.push(JSON.parse(line)) });
  const inbox = makeRelayInbox({
    handle: async () => Promise.reject(new Error('the function ended')),
    enqueue: async () => Promise.reject(new Error('the disk is full')),
  });

  for (let number = 0; number < 200; number++) await inbox.receive(eventOf('a', number));
  await inbox.idle();
  undo();

  expect(lines).toHaveLength(400);
  expect(lines).toContainEqual(expect.objectContaining({ event: 'relay-message-failed' }));
  expect(lines).toContainEqual(expect.objectContaining({ event: 'relay-message-lost', relayId: 'a' }));
});

it('handles a report at once, too', async () => {
  const { inbox, bodies, queued } = makeInbox();
  const report = { ...eventOf('a'), type: 'report' };

  await inbox.receive(report);

  expect(bodies).toEqual([JSON.stringify(report)]);
  expect(queued).toEqual([]);
});

it('takes no more of a relay that has many in hand, and goes on with the others', async () => {
  const { inbox, bodies, ends } = makeInbox();
  let taken = 0;
  const flood = Array.from({ length: 100 }, (_, number) => inbox.receive(eventOf('noisy', number)).then(() => taken++));
  await turn();
  const takenAtFirst = taken;

  await inbox.receive(eventOf('quiet'));
  expect(takenAtFirst).toBeLessThan(100);
  expect(JSON.parse(bodies.at(-1) as string).relayId).toBe('quiet');

  while (taken < 100) {
    for (const end of ends.splice(0)) end({ batchItemFailures: [] });
    await turn();
  }
  await Promise.all(flood);
});
