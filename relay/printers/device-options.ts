import type { Login } from '../ipp-client/authorization.ts';
import type { CertificatePins } from '../ipp-client/certificate-pins.ts';
import { type Deadlines, defaultDeadlines } from '../ipp-client/exchange.ts';

/** The settings of an output device: above all its waits, which have a default that suits real printers; tests are in more of a hurry. */
export interface DeviceOptions extends Partial<Deadlines> {
  /** for printers that ask for one */
  login?: Login;
  /** certificates that printers have shown; absent: none is kept */
  pins?: CertificatePins;
  /** how long to ask a printer that does not answer about a job whose fate can no longer become `completed` */
  silenceMilliseconds?: number;
  /** from asking for a cancel until the printer must have ended the job */
  cancelMilliseconds?: number;
  /** for a raw printer to close the connection after the last octet */
  closeMilliseconds?: number;
  /** until other jobs may pass one that the printer holds, and until they may pass one that does not end */
  heldMilliseconds?: number;
  stuckMilliseconds?: number;
  /** until a job is no longer followed whose printer does not say what became of it, and any other one */
  muteMilliseconds?: number;
  followMilliseconds?: number;
  /** from the last try at a raw printer that is off until a connection may ask whether it is back */
  probeMilliseconds?: number;
  /** the longest pause between two questions about a job */
  pollMilliseconds?: number;
}

export type DeviceTimes = Required<Omit<DeviceOptions, 'login' | 'pins'>>;

export function deviceTimes(options: DeviceOptions): DeviceTimes {
  const defaults: DeviceTimes = {
    ...defaultDeadlines,
    silenceMilliseconds: 60_000,
    cancelMilliseconds: 5 * 60_000,
    closeMilliseconds: 20_000,
    heldMilliseconds: 10_000,
    stuckMilliseconds: 2 * 60_000,
    muteMilliseconds: 20_000,
    followMilliseconds: 24 * 60 * 60_000,
    probeMilliseconds: 60_000,
    pollMilliseconds: 2_000,
  };
  return { ...defaults, ...options };
}
