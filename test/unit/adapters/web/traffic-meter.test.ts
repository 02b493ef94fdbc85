import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { RenderError } from '../../../../shared/adapters/web/render-error.ts';
import { openTrafficMeter } from '../../../../shared/adapters/web/traffic-meter.ts';

const credentials = { username: 'u', password: 'p' };
function socket() {
  const opened = Object.assign(new EventEmitter(), { destroyed: false, destroy: () => (opened.destroyed = true) });
  return opened as typeof opened & Socket;
}
function meter(maxOctets?: number) {
  const calls = { closed: 0, exceeded: 0 };
  const traffic = openTrafficMeter(credentials, () => calls.closed++);
  if (maxOctets !== undefined) traffic.limit(maxOctets, () => calls.exceeded++);
  return { traffic, calls };
}

it('the octets of all sockets of a job count together, up to the limit', () => {
  const { traffic, calls } = meter(10);
  const [one, two] = [socket(), socket()];
  traffic.follow(one);
  traffic.follow(two);

  one.emit('data', Buffer.alloc(6));
  two.emit('data', Buffer.alloc(4));
  expect([calls.exceeded, one.destroyed, two.destroyed]).toEqual([0, false, false]);
  one.emit('data', Buffer.alloc(1));
  two.emit('data', Buffer.alloc(1));
  expect([calls.exceeded, one.destroyed, two.destroyed]).toEqual([1, true, true]);
  const late = socket();
  traffic.follow(late);
  expect(late.destroyed).toBe(true);
});

it('a length that is announced exceeds the limit before it comes', () => {
  const { traffic, calls } = meter(10);
  const open = socket();
  traffic.follow(open);
  open.emit('data', Buffer.alloc(4));

  traffic.announce(6);
  expect([calls.exceeded, open.destroyed]).toEqual([0, false]);
  traffic.announce(7);
  expect([calls.exceeded, open.destroyed]).toEqual([1, true]);
});

it('a job without a limit has none', () => {
  const { traffic } = meter();
  const open = socket();
  traffic.follow(open);
  open.emit('data', Buffer.alloc(1_000_000));
  traffic.announce(1e12);

  expect(open.destroyed).toBe(false);
});

it('the end of a job closes its sockets, but for those that have closed, and those that come later', () => {
  const { traffic, calls } = meter();
  const [open, closed, late] = [socket(), socket(), socket()];
  traffic.follow(open);
  traffic.follow(closed);
  closed.emit('close');

  traffic.close();
  traffic.follow(late);

  expect([open.destroyed, closed.destroyed, late.destroyed, calls.closed]).toEqual([true, false, true, 1]);
});

it('failures are kept once for an address, up to fifty, with their reason', () => {
  const { traffic } = meter();
  const known = new RenderError('forbidden-address', 'It is private.');
  traffic.recordFailure('http://a.test/', known);
  traffic.recordFailure('http://a.test/', new Error('again'));
  traffic.recordFailure('http://b.test/', new Error('ECONNREFUSED'));
  for (let count = 0; count < 60; count++) traffic.recordFailure(`http://c.test/${count}`, known);

  expect(traffic.failures).toHaveLength(50);
  expect(traffic.failures[0]).toEqual({ url: 'http://a.test/', error: known });
  expect(traffic.failures[1]?.error).toMatchObject({
    ...{ code: 'not-reachable', message: 'http://b.test/ cannot be fetched.', cause: { message: 'ECONNREFUSED' } },
  });
});
