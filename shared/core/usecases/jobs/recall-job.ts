import type { DownMessage } from '../../../protocol/relay-protocol.ts';
import type { RelayId } from '../../domain/ids.ts';
import type { Job } from '../../domain/job.ts';
import type { Ports } from '../../ports/index.ts';

export function cancelOf(job: Job): DownMessage {
  return { type: 'cancel', jobId: job.id, attempt: job.attempt };
}

/** Asks the relay that holds a job to cancel it, or to report its state. The message is lost when the relay is offline. */
export async function askRelayAbout(ports: Pick<Ports, 'relayLink'>, job: Job): Promise<void> {
  const relayId = job.relayId as RelayId;
  const { id: jobId, attempt } = job;
  const message: DownMessage = job.cancelRequested ? cancelOf(job) : { type: 'inquire', jobs: [{ jobId, attempt }] };
  await ports.relayLink.publish(relayId, message);
}
