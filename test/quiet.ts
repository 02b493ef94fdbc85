import { existsSync, statfsSync } from 'node:fs';
import './equal-octets.ts';
import { configureLog } from '../shared/telemetry/log.ts';

/** Log lines of the product are noise in a unit test; a test about them configures its own writer. */
configureLog({ write: () => {} });

/** Temporary files are in memory if there is room, since stores sync each write. A container has 64 MB there by default. */
const memory = '/dev/shm';
const roomOctets = 2 ** 30;
if (existsSync(memory)) {
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize > roomOctets) process.env.TMPDIR = memory;
}
