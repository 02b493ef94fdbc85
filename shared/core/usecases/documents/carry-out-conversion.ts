import { log } from '../../../telemetry/log.ts';
import { record } from '../../../telemetry/metrics.ts';
import { folderOf, inlineKey } from '../../domain/conversion.ts';
import { PrintError } from '../../domain/errors.ts';
import { isUnprepared, type Job, type PreparationStep } from '../../domain/job.ts';
import type { Converted, Converter, Octets, Ports } from '../../ports/index.ts';
import { readConversion } from '../jobs/conversion-store.ts';

export type ReportStep = (step: PreparationStep) => Promise<unknown>;

/**
 * Makes the document of jobs that share a conversion, and reports each step in order. Undefined when none of the jobs
 * needs it any more.
 */
export async function carryOutConversion(
  ports: Pick<Ports, 'jobs' | 'documents' | 'clock'> & { converter: Converter },
  { source, companyId }: Job,
  jobs: Job[],
  reportStep: ReportStep,
): Promise<Converted<Octets> | undefined> {
  const { key } = source as Extract<Job['source'], { kind: 'conversion' }>;
  // a step that cannot be saved does not stop the conversion
  const save = (step: PreparationStep) => reportStep(step).catch(error => log.warn('step-not-saved', { step, error }));
  let saved = save('starting');
  try {
    const conversion = await readConversion(ports, key);
    if (!conversion)
      throw new PrintError('document-access-error', 'The source of this job is no longer stored. Submit a new job.');
    const startedAt = ports.clock.now();
    const converted = await ports.converter.convert(conversion, {
      companyId,
      key,
      read: document => ports.documents.read(document.kind === 'stored' ? document.key : inlineKey(folderOf(key))),
      onStep: step => {
        saved = saved.then(() => save(step));
      },
      isWanted: async () => (await Promise.all(jobs.map(({ id }) => ports.jobs.get(id)))).some(stillWaits),
    });
    record('conversionsCompleted');
    record('conversionTime', ports.clock.now() - startedAt);
    return converted;
  } catch (error) {
    if (!isBusy(error)) record('conversionsFailed');
    throw error;
  } finally {
    await saved;
  }
}

/** It was not begun, and may be later. */
export const isBusy = (error: unknown) => error instanceof PrintError && error.code === 'busy';

const stillWaits = (job: Job | undefined) => job !== undefined && isUnprepared(job);
