import { join } from 'node:path';
import { openEmbedded } from '../shared/adapters/embedded/open-embedded.ts';
import type { CompanyId, JobId } from '../shared/core/domain/ids.ts';
import type { Job } from '../shared/core/domain/job.ts';
import { configureLog } from '../shared/telemetry/log.ts';

const atOnce = 50;
const minuteMilliseconds = 60_000;

/** Puts printed jobs into a data folder that no server uses: one a minute, the newest a minute ago. */
export async function storePrintedJobs(data: string, amount: number): Promise<void> {
  const restoreLog = configureLog({ level: 'error' });
  const embedded = await openEmbedded({ folder: join(data, 'store'), publicUrl: () => 'http://127.0.0.1' });
  const now = Date.now();
  for (let from = 0; from < amount; from += atOnce) {
    const jobs = Array.from({ length: atOnce }, (_, index) => printedJob(from + index, now));
    await embedded.jobs.create(jobs);
  }
  await embedded.close();
  restoreLog();
}

function printedJob(index: number, now: number): Job {
  const at = now - (index + 1) * minuteMilliseconds;
  const document = {
    key: `companies/main/documents/${index}`,
    octets: 1000,
    sha256: '0'.repeat(64),
    format: 'text/plain',
  };
  return {
    id: index.toString(16).padStart(32, '0') as JobId,
    companyId: 'main' as CompanyId,
    contract: 'platen',
    printer: { locationId: 'office', deviceId: 'folder' },
    sequence: 0,
    name: `stored ${index}`,
    source: { kind: 'ready', document },
    document,
    template: {},
    properties: {},
    unconfirmedPolicy: 'ask',
    standing: 'completed/job-completed-successfully',
    reasons: [],
    attempt: 1,
    reportSequence: 0,
    submittedAt: at,
    since: at,
    endedAt: at,
    updatedAt: at,
    nudges: 0,
    history: [{ at, standing: 'completed/job-completed-successfully', reasons: [] }],
    version: 0,
  };
}
