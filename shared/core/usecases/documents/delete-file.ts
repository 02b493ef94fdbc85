import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import { outputDiscarded } from '../../domain/job-output.ts';
import type { Ports } from '../../ports/index.ts';
import { changeJob } from '../jobs/change-job.ts';
import { endUpload } from '../uploads/end-upload.ts';
import { deleteOutput } from './output-files.ts';
import { findOwn, type OwnAddress } from './own-address.ts';

type DeletePorts = Pick<Ports, 'jobs' | 'uploads' | 'documents' | 'pieces' | 'registry' | 'clock'>;

/** Deletes a file before its time: an output with all of its files, one file of it, or an upload. Answers the credits that are left. */
export async function deleteFile(
  ports: DeletePorts,
  principal: Principal,
  { address }: { address: OwnAddress | undefined },
): Promise<number | undefined> {
  const thing = address && (await findOwn(ports, principal, address));
  if (!thing) throw new PrintError('not-found', 'Only files that were uploaded or made here can be deleted.');
  if ('upload' in thing) await endUpload(ports, thing.upload, 'aborted');
  else if (thing.file !== undefined) await ports.documents.delete([thing.key]);
  else {
    await changeJob(ports, thing.job.id, job => outputDiscarded(job, ports.clock.now()));
    await deleteOutput(ports, thing.key);
  }
  return await ports.registry.remainingCredits(principal.companyId);
}
