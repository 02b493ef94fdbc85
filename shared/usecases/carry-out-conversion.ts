import { folderOf, inlineKey } from '../domain/conversion.ts';
import { PrintError } from '../domain/errors.ts';
import { isUnprepared, type Job, type PreparationStep } from '../domain/job.ts';
import type { Converted } from '../ports.ts';
import { readConversion } from './conversion-store.ts';
import type { PreparePorts } from './prepare-jobs.ts';

/**
 * Has the document of jobs that share a conversion made, telling each step in order. Undefined when none of the jobs
 * wants it any more.
 */
export async function carryOutConversion(
  ports: PreparePorts,
  { source }: Job,
  jobs: Job[],
  tell: (step: PreparationStep) => Promise<unknown>,
): Promise<Converted | undefined> {
  const { key } = source as Extract<Job['source'], { kind: 'conversion' }>;
  const conversion = await readConversion(ports, key);
  if (!conversion) throw new PrintError('document-access-error', 'What was to be printed is no longer stored.');
  let told: Promise<unknown> = Promise.resolve();
  try {
    return await ports.converter.convert(conversion, {
      read: document => ports.documents.read(document.kind === 'stored' ? document.key : inlineKey(folderOf(key))),
      // a step that could not be told is followed by the next
      onStep: step => {
        told = told.then(() => tell(step)).catch(() => undefined);
      },
      isWanted: async () => (await Promise.all(jobs.map(({ id }) => ports.jobs.get(id)))).some(stillWaits),
    });
  } finally {
    await told;
  }
}

const stillWaits = (job: Job | undefined) => job !== undefined && isUnprepared(job);
