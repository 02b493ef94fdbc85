import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { CompanyId } from '../../domain/ids.ts';
import type { JobView } from '../../domain/job-words.ts';
import { seal, sealNonceOctets, unseal } from '../../domain/sealed.ts';
import type { Ports } from '../../ports/index.ts';
import { getJob, type JobAddress } from './get-job.ts';
import { type ViewPorts, viewJob } from './view-job.ts';

/*
 * A link shows one job to people without a key, and permits nothing else. Its token is encrypted: the id of a job is the
 * only secret of a download in older dialects, so the link must not contain it. It ends with the job and after a week; the
 * key that made it may end before, as those of the console do within hours.
 */

const linkMilliseconds = 7 * 24 * 60 * 60_000;
const purpose = 'share-links';

interface Shared {
  companyId: CompanyId;
  jobId: string;
  until: number;
}

export async function shareJob(
  ports: Pick<Ports, 'jobs' | 'keyring' | 'clock'>,
  principal: Principal,
  address: JobAddress,
): Promise<{ token: string; expiresAt: number }> {
  const { id: jobId, companyId } = await getJob(ports, principal, address);
  const until = ports.clock.now() + linkMilliseconds;
  const shared: Shared = { companyId, jobId, until };
  const nonce = Buffer.from(ports.clock.token(), 'hex').subarray(0, sealNonceOctets);
  const token = seal(await ports.keyring.keyFor(purpose), Buffer.from(JSON.stringify(shared)), purpose, nonce);
  return { token, expiresAt: until };
}

/** Returns the job of a link. Throws `not-found` for a token that is not ours or has expired, and when the job is deleted. */
export async function viewSharedJob(
  ports: ViewPorts & Pick<Ports, 'keyring'>,
  { token }: { token: string },
): Promise<{ view: JobView; expiresAt: number }> {
  const key = await ports.keyring.keyFor(purpose);
  const shared = read(key, token);
  if (!shared || shared.until <= ports.clock.now()) throw notShared();
  const { companyId, jobId, until } = shared;
  const company = await ports.registry.getCompany(companyId);
  if (!company?.active) throw notShared();
  const view = await viewJob(ports, { companyId, scopes: ['read'] }, { id: jobId });
  return { view, expiresAt: until };
}

function read(key: Uint8Array, token: string): Shared | undefined {
  try {
    return JSON.parse(unseal(key, token, purpose).toString());
  } catch {
    // not a token, or of another installation
    return undefined;
  }
}

const notShared = () =>
  new PrintError('not-found', 'This link is not valid, or has expired. Ask the person who sent it for a new one.');
