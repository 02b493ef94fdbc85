import { isDeepStrictEqual } from 'node:util';
import type { Device, DeviceAttributes } from '../shared/core/domain/printer.ts';
import type { UpMessage } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import type { OutputDevice } from './printers/output-device.ts';

const describeMilliseconds = 10_000;
/** The poll interval of a device: shorter while it has a problem, since a person is probably fixing it. */
const wellMilliseconds = 30_000;
const unwellMilliseconds = 5_000;
/** One message holds at most 128 KiB [AWS IoT Core limits]. */
const registerOctetsAtMost = 120 * 1024;

export interface DeviceWatchParts {
  devices: OutputDevice[];
  send: (message: UpMessage) => void;
  /** a device that was not is idle or printing again */
  ready: (deviceId: string) => void;
  /** reasons of the relay itself, such as a full disk: they hold for each of its devices */
  troubles?: () => string[];
}

/** Polls the output devices, asks them at once when a job has news of them, and registers all of them whenever one has changed. */
export class DeviceWatch {
  readonly #parts: DeviceWatchParts;
  readonly #known = new Map<string, Device>();
  /** of the next look, by device */
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** devices that are being asked; true: again as soon as they have answered */
  readonly #asked = new Map<string, boolean>();
  readonly #end = new AbortController();

  constructor(parts: DeviceWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    for (const device of this.#parts.devices) void this.#look(device);
  }

  /** A device that was put into the list of devices after the start. */
  add(device: OutputDevice): void {
    void this.#look(device);
  }

  /** A job has learnt something new of the device. */
  lookNow(deviceId: string): void {
    const device = this.#parts.devices.find(one => one.deviceId === deviceId);
    if (!device || this.#end.signal.aborted) return;
    if (this.#asked.has(deviceId)) this.#asked.set(deviceId, true);
    else void this.#look(device);
  }

  /** The device as it was when it was last asked. */
  deviceOf(deviceId: string): Device | undefined {
    return this.#known.get(deviceId);
  }

  /** Called when the relay is connected. */
  connected(): void {
    this.#register();
  }

  stop(): void {
    this.#end.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #look(device: OutputDevice): Promise<void> {
    const { deviceId } = device;
    clearTimeout(this.#timers.get(deviceId));
    this.#asked.set(deviceId, false);
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(describeMilliseconds)]);
    const described = await device.describe(signal);
    const troubles = this.#parts.troubles?.() ?? [];
    const now = { ...described, stateReasons: [...described.stateReasons, ...troubles] };
    const isToAskAgain = this.#asked.get(deviceId);
    this.#asked.delete(deviceId);
    if (this.#end.signal.aborted) return;
    const before = this.#known.get(deviceId);
    this.#known.set(deviceId, now);
    if (!isDeepStrictEqual(before, now)) {
      log.info('device-changed', { device: deviceId, state: now.state, reasons: now.stateReasons });
      this.#register();
    }
    if (isWell(now) && before && !isWell(before)) this.#parts.ready(deviceId);
    if (isToAskAgain) void this.#look(device);
    else this.#lookAgain(device, isWell(now) ? wellMilliseconds : unwellMilliseconds);
  }

  #lookAgain(device: OutputDevice, milliseconds: number): void {
    this.#timers.set(
      device.deviceId,
      setTimeout(() => void this.#look(device), milliseconds),
    );
  }

  /** Devices that are not named count as withdrawn, so that it is all of them or none. */
  #register(): void {
    const { devices, send } = this.#parts;
    if (this.#known.size < devices.length) return;
    const all = devices.map(({ deviceId }) => this.#known.get(deviceId) as Device);
    const message: UpMessage = { type: 'register', devices: all };
    const fits = JSON.stringify(message).length <= registerOctetsAtMost;
    send(fits ? message : { type: 'register', devices: all.map(brief) });
  }
}

/** A raw socket only reports whether it is reachable: the state `unknown` is not a problem. */
function isWell({ state, stateReasons }: Device): boolean {
  return state === 'idle' || state === 'processing' || (state === 'unknown' && stateReasons.length === 0);
}

/** A device without its long lists. */
function brief(device: Device): Device {
  const attributes: DeviceAttributes = { ...device.attributes };
  delete attributes['media-supported'];
  delete attributes['media-source-supported'];
  return { ...device, attributes };
}
