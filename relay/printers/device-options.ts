import { type Deadlines, defaultDeadlines } from '../ipp-client/exchange.ts';

/** Every wait of an output device. All have a default that suits real printers; tests are in more of a hurry. */
export interface DeviceOptions extends Partial<Deadlines> {
  /** how long to ask a printer that does not answer about a job whose fate can no longer become `completed` */
  silenceMilliseconds?: number;
  /** from asking for a cancel until the printer must have ended the job */
  cancelMilliseconds?: number;
  /** the longest pause between two questions about a job */
  pollMilliseconds?: number;
}

export type DeviceTimes = Required<DeviceOptions>;

export function deviceTimes(options: DeviceOptions): DeviceTimes {
  const defaults: DeviceTimes = {
    ...defaultDeadlines,
    silenceMilliseconds: 60_000,
    cancelMilliseconds: 5 * 60_000,
    pollMilliseconds: 2_000,
  };
  return { ...defaults, ...options };
}
