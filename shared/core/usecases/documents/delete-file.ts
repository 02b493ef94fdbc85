import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { outputDiscarded } from '../../domain/job-output.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';
import { endUpload } from '../uploads/end-upload.ts';
import { findIssued, type IssuedAddress } from './issued-address.ts';
import { deleteOutput } from './output-files.ts';

type DeletePorts = Pick<Ports, 'jobs' | 'uploads' | 'documents' | 'pieces' | 'registry' | 'clock'>;

/** Deletes a file before it expires: an output with all its files, one of these files, or an upload. Returns the credits left. */
export async function deleteFile(
  ports: DeletePorts,
  principal: Principal,
  { address }: { address: IssuedAddress | undefined },
): Promise<number | undefined> {
  const thing = address && (await findIssued(ports, principal, address));
  if (!thing)
    throw new PrintError(
      'not-found',
      'This address names no file of this service: only uploads and outputs can be deleted.',
    );
  if ('upload' in thing) await endUpload(ports, thing.upload, 'aborted');
  else if (thing.file !== undefined) await ports.documents.delete([thing.key]);
  else {
    await changeJob(ports, thing.job.id, job => outputDiscarded(job, ports.clock.now()));
    await deleteOutput(ports, thing.key);
  }
  return await ports.registry.remainingCredits(principal.companyId);
}
