import { type DeviceScheme, deviceSchemeOf } from '../../shared/core/domain/printer.ts';
import type { DeviceOptions } from './device-options.ts';
import { openFolderDevice } from './folder.ts';
import { openIppDevice } from './ipp.ts';
import { openLpdDevice } from './lpd.ts';
import type { OutputDevice, PrintOutcome } from './output-device.ts';
import { openSocketDevice } from './socket.ts';

type Open = (deviceId: string, uri: string, options: DeviceOptions) => OutputDevice;

const schemes: Record<DeviceScheme, Open> = {
  ipp: openIppDevice,
  ipps: openIppDevice,
  socket: openSocketDevice,
  lpd: openLpdDevice,
  file: openFolderDevice,
};

/** The device behind an address. Throws a `TypeError` for the person who typed the address. */
export function openOutputDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  return schemes[deviceSchemeOf(uri)](deviceId, uri, options);
}

/** Replaces a device whose address is invalid: it reports the error, and the other devices work. */
export function openUnusableDevice(deviceId: string, uri: string, { message }: Error): OutputDevice {
  const stateReasons = ['address-invalid'];
  const outcome: PrintOutcome = { kind: 'retry', reasons: stateReasons, message };
  return {
    deviceId,
    uri,
    describe: async () => ({ deviceId, scheme: 'unknown', attributes: {}, state: 'stopped', stateReasons }),
    print: async () => outcome,
    recover: async () => outcome,
  };
}
