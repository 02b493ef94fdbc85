import { documentDays } from '../../../protocol/config.ts';
import { record } from '../../../telemetry/metrics.ts';
import type { Ports } from '../../ports/index.ts';

const day = 24 * 60 * 60_000;

/**
 * Deletes the documents that are kept no longer, in AWS: those whose last job was over `documentDays` ago. As far as it gets
 * until `isLate`; the next call continues.
 */
export async function deleteUnused(
  { documentUse, documents }: Pick<Ports, 'documentUse' | 'documents'>,
  at: number,
  isLate: () => boolean,
): Promise<void> {
  const before = at - documentDays() * day;
  for await (const { keys, until, done } of documentUse.unused(before)) {
    await documents.delete(keys);
    await done();
    if (!isLate()) continue;
    record('documentsBehind', before - until);
    return;
  }
}
