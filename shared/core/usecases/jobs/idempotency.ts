import { createHash } from 'node:crypto';
import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import { printerKey } from '../../domain/printer.ts';
import type { IdempotencyClaim } from '../../ports/index.ts';
import type { JobRequest } from './job-request.ts';
import { supersedeOlder } from './supersede-older.ts';

type ReplayPorts = Parameters<typeof supersedeOlder>[0];

/**
 * The claim of a client's idempotency key; undefined without a key. `digest` identifies the document of the request. The
 * fingerprint covers every other parameter too.
 */
export function claimOf(principal: Principal, request: JobRequest, digest: string): IdempotencyClaim | undefined {
  if (!request.idempotencyKey) return undefined;
  const { contract, targets, name, template, properties } = request;
  const { user, tags, supersedes, hold, expires, printBefore } = request;
  const described = user === undefined && tags === undefined ? [] : [user ?? null, tags ?? null];
  const wishes = { supersedes, hold, expires, printBefore };
  const extras = Object.values(wishes).some(wish => wish !== undefined) ? [...described, wishes] : described;
  const asked = JSON.stringify([contract, targets.map(printerKey), name, template, properties, digest, ...extras]);
  const fingerprint = createHash('sha256').update(asked).digest('hex');
  return { companyId: principal.companyId, key: request.idempotencyKey, fingerprint };
}

/** The jobs that an earlier, equal request created, if any. Checked before the document is stored again. */
export async function findReplay(ports: ReplayPorts, claim: IdempotencyClaim | undefined) {
  const known = claim && (await ports.jobs.claimed(claim));
  if (known === 'other-request') throw keyReused();
  return known && (await replay(ports, known.replayed));
}

export function keyReused() {
  return new PrintError(
    'idempotency-key-reused',
    'This idempotency key was used for another request. Use a new key for each request.',
  );
}

/** The first call may have ended before the jobs replaced older ones. */
export async function replay(ports: ReplayPorts, ids: JobId[]): Promise<Job[]> {
  const jobs = await Promise.all(ids.map(id => ports.jobs.get(id)));
  return await supersedeOlder(
    ports,
    jobs.filter(job => job !== undefined),
  );
}
