import { open } from 'node:fs/promises';
import { IppClient } from '../ipp-client/client.ts';
import type { Document } from '../ipp-client/exchange.ts';
import { parseIppUri } from '../ipp-client/target.ts';
import { type DeviceOptions, deviceTimes } from './device-options.ts';
import { describeIpp } from './ipp-describe.ts';
import { printIpp } from './ipp-print.ts';
import { recoverIpp } from './ipp-recover.ts';
import type { OutputDevice } from './output-device.ts';

/** A printer that speaks IPP: the one that can be asked what became of a job. */
export function openIppDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const target = parseIppUri(uri);
  const times = deviceTimes(options);
  const newClient = () => new IppClient(target, times);
  return {
    deviceId,
    uri,
    describe: signal => describeIpp(deviceId, newClient(), signal),
    recover: request => recoverIpp(newClient(), times, request),
    async print(request) {
      const file = await open(request.path); // before the printer hears of a job that has no document
      try {
        const document: Document = { file, octets: (await file.stat()).size };
        return await printIpp(newClient(), times, document, request);
      } finally {
        await file.close();
      }
    },
  };
}
