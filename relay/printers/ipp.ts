import { parseIppUri } from '../../shared/core/domain/device-address.ts';
import { isSuccess } from '../../shared/ipp/tags.ts';
import { Authorization } from '../ipp-client/authorization.ts';
import { IppClient, newDialect } from '../ipp-client/client.ts';
import { IppRefusal } from '../ipp-client/errors.ts';
import { type DeviceOptions, deviceTimes } from './device-options.ts';
import { describeIpp } from './ipp-describe.ts';
import { printIpp } from './ipp-print.ts';
import { PrinterMemory } from './ipp-printer-memory.ts';
import { recoverIpp } from './ipp-recover.ts';
import type { OutputDevice } from './output-device.ts';

/** Jobs that follow each other ask over one connection; then it is left to others, as some printers take one at a time. */
const keptMilliseconds = 200;

/** A printer that supports IPP: it reports the state of its jobs. */
export function openIppDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const target = parseIppUri(uri);
  const times = deviceTimes(options);
  const memory = new PrinterMemory();
  const shared = {
    dialect: newDialect(),
    authorization: options.login && new Authorization(options.login),
    pins: options.pins,
  };
  let client: IppClient | undefined;
  let users = 0;
  let closing: NodeJS.Timeout | undefined;
  const close = () => {
    client?.close();
    client = undefined;
  };
  const withClient = async <T>(work: (client: IppClient) => Promise<T>): Promise<T> => {
    clearTimeout(closing);
    client ??= new IppClient(target, times, shared);
    users += 1;
    try {
      return await work(client);
    } finally {
      users -= 1;
      if (users === 0) closing = setTimeout(close, keptMilliseconds).unref();
    }
  };
  return {
    deviceId,
    uri,
    remembersJobs: true,
    describe: signal => withClient(client => describeIpp(deviceId, client, signal)),
    identify: () => withClient(identifyIpp),
    recover: request => withClient(client => recoverIpp(client, times, request)),
    print: request => withClient(client => printIpp(client, times, request, memory)),
  };
}

async function identifyIpp(client: IppClient): Promise<void> {
  const { status, message } = await client.identifyPrinter();
  if (!isSuccess(status)) throw new IppRefusal(message);
}
