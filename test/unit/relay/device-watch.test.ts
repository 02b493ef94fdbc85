import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { DeviceWatch } from '../../../relay/device-watch.ts';
import type { Device } from '../../../shared/core/domain/printer.ts';
import type { UpMessage } from '../../../shared/protocol/relay-protocol.ts';
import { ScriptedDevice } from './relay-fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class ChangingDevice extends ScriptedDevice {
  now: Partial<Device> = {};
  asked = 0;

  override async describe() {
    this.asked++;
    return { ...(await super.describe()), ...this.now } as Awaited<ReturnType<ScriptedDevice['describe']>>;
  }
}

function watchOver(...devices: ScriptedDevice[]) {
  const sent: Extract<UpMessage, { type: 'register' }>[] = [];
  const ready: string[] = [];
  const send = (message: UpMessage) => void sent.push(message as (typeof sent)[number]);
  const watch = new DeviceWatch({ devices, send, ready: deviceId => void ready.push(deviceId) });
  onTestFinished(() => watch.stop());
  return { watch, sent, ready };
}

test('registers all devices or none', async () => {
  const slow = new ScriptedDevice('slow');
  const answer = Promise.withResolvers<Awaited<ReturnType<ScriptedDevice['describe']>>>();
  slow.describe = () => answer.promise;
  const { watch, sent } = watchOver(new ScriptedDevice('quick'), slow);

  watch.start();
  await vi.advanceTimersByTimeAsync(1);
  watch.connected();
  const before = sent.length;
  answer.resolve({ deviceId: 'slow', scheme: 'scripted', attributes: {}, state: 'idle', stateReasons: [] });
  await vi.advanceTimersByTimeAsync(1);

  expect(before).toBe(0);
  expect(sent.map(({ devices }) => devices.map(({ deviceId }) => deviceId))).toEqual([['quick', 'slow']]);
});

test('asks no more once it is stopped', async () => {
  const device = new ChangingDevice('office');
  const { watch, sent } = watchOver(device);
  watch.start();
  await vi.advanceTimersByTimeAsync(1);

  watch.stop();

  expect(vi.getTimerCount()).toBe(0);
  expect([device.asked, sent.length]).toEqual([1, 1]);
});

test('gives up a question after ten seconds, and when it is stopped', async () => {
  const late = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(late.signal);
  onTestFinished(() => timeout.mockRestore());
  const signals: AbortSignal[] = [];
  const device = new ScriptedDevice('office');
  device.describe = async (signal?: AbortSignal) => await new Promise(() => signals.push(signal as AbortSignal));
  const watches = [watchOver(device).watch, watchOver(device).watch];
  for (const watch of watches) watch.start();

  watches[0]?.stop();
  const stopped = signals.map(({ aborted }) => aborted);
  late.abort();

  expect(stopped).toEqual([true, false]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(timeout.mock.calls).toEqual([[10_000], [10_000]]);
});

test('registers again on each connect and on each change, and not else', async () => {
  const device = new ChangingDevice('office');
  const { watch, sent } = watchOver(device);
  watch.start();
  await vi.advanceTimersByTimeAsync(120_000);
  const first = sent.length;

  watch.connected();
  device.now = { state: 'stopped', stateReasons: ['media-empty'] };
  await vi.advanceTimersByTimeAsync(120_000);

  expect(first).toBe(1);
  expect(sent.map(({ devices }) => devices[0]?.state)).toEqual(['idle', 'idle', 'stopped']);
});

test('polls more often while there is a fault, and reports when the device is ready again', async () => {
  const device = new ChangingDevice('office');
  device.now = { state: 'stopped', stateReasons: ['media-empty'] };
  const { watch, ready } = watchOver(device);
  watch.start();

  await vi.advanceTimersByTimeAsync(30_000);
  const whileStopped = device.asked;
  device.now = {};
  await vi.advanceTimersByTimeAsync(6_000);
  const before = device.asked;
  await vi.advanceTimersByTimeAsync(60_000);

  expect(ready).toEqual(['office']);
  expect(whileStopped).toBeGreaterThan(device.asked - before);
});

test('asks a device at once when a job has news of it, and never twice at a time', async () => {
  const device = new ChangingDevice('office');
  const { watch, sent } = watchOver(device);
  watch.start();
  await vi.advanceTimersByTimeAsync(1);

  device.now = { state: 'stopped', stateReasons: ['media-empty'] };
  watch.lookNow('office');
  const answer = Promise.withResolvers<void>();
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.at(-1)?.devices[0]).toMatchObject({ state: 'stopped', stateReasons: ['media-empty'] });
  const described = device.describe.bind(device);
  device.describe = async () => {
    const now = await described();
    await answer.promise;
    return now;
  };
  watch.lookNow('office');
  const asked = device.asked;
  device.now = {};
  watch.lookNow('office');
  watch.lookNow('office');
  watch.lookNow('unknown');
  expect(device.asked).toBe(asked);
  answer.resolve();
  await vi.advanceTimersByTimeAsync(1);

  expect(sent.at(-1)?.devices[0]).toMatchObject({ state: 'idle', stateReasons: [] });
  expect(device.asked).toBe(asked + 1);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(device.asked).toBe(asked + 4);
});

test('a raw socket that is reachable is idle', async () => {
  const device = new ChangingDevice('office');
  device.now = { state: 'unknown', stateReasons: ['offline'] };
  const { watch, ready } = watchOver(device);
  watch.start();
  await vi.advanceTimersByTimeAsync(1);

  device.now = { state: 'unknown', stateReasons: [] };
  await vi.advanceTimersByTimeAsync(6_000);

  expect(ready).toEqual(['office']);
});

test('leaves the long lists out where they would not fit into one message', async () => {
  const devices = Array.from({ length: 100 }, (_, index) => new ChangingDevice(`device-${index}`));
  for (const device of devices) {
    const media = Array.from({ length: 100 }, (_, index) => `na_custom-size-${index}_8.5x11in`);
    device.now = { attributes: { 'printer-info': 'A printer', 'media-supported': media } };
  }
  const { watch, sent } = watchOver(...devices);

  watch.start();
  await vi.advanceTimersByTimeAsync(1);

  const message = sent.at(-1);
  expect(JSON.stringify(message).length).toBeLessThan(128 * 1024);
  expect(message?.devices).toHaveLength(100);
  expect(message?.devices[0]?.attributes).toEqual({ 'printer-info': 'A printer' });
});
