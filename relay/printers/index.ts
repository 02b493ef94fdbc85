import type { DeviceOptions } from './device-options.ts';
import { openFolderDevice } from './folder.ts';
import { openIppDevice } from './ipp.ts';
import type { OutputDevice } from './output-device.ts';
import { openSocketDevice } from './socket.ts';

type Open = (deviceId: string, uri: string, options: DeviceOptions) => OutputDevice;

const schemes: Record<string, Open> = {
  ipp: openIppDevice,
  ipps: openIppDevice,
  socket: openSocketDevice,
  file: openFolderDevice,
};

/** two letters at least: `c:\out` is a folder */
const scheme = /^([a-z][a-z0-9+.-]+):/i;

/** The device behind an address. Throws a `TypeError` for the person who typed the address. */
export function openOutputDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const name = scheme.exec(uri)?.[1]?.toLowerCase();
  if (name === undefined) return openFolderDevice(deviceId, uri);
  const open = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
  if (!open) throw new TypeError(`"${uri}": ${name} is none of ${Object.keys(schemes).join(', ')}, and no folder`);
  return open(deviceId, uri, options);
}
