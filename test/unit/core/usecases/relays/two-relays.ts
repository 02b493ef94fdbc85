import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { JobId, RelayId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Location } from '../../../../../shared/core/domain/printer.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { createEnrolmentCode, enrolRelay } from '../../../../../shared/core/usecases/relays/enrol-relay.ts';
import type { UpMessage } from '../../../../../shared/protocol/relay-protocol.ts';
import { company, openWorld, type World } from '../../../world.ts';

/** The real cloud with two enrolled relays at `office`: the first is active, the second is the standby. */
export interface TwoRelays {
  world: World;
  first: RelayId;
  second: RelayId;
  hear(relayId: RelayId, message: UpMessage): Promise<void>;
  connect(relayId: RelayId): Promise<void>;
  disconnect(relayId: RelayId): Promise<void>;
  location(): Promise<Location>;
  submit(): Promise<Job>;
  job(id: JobId): Promise<Job>;
}

export const principal: Principal = { companyId: company, scopes: ['print', 'admin'] };
export const office = { locationId: 'office' };

export async function enrol({ ports }: World, invitation: { standby?: boolean; replace?: boolean }, csr: string) {
  const { code } = await createEnrolmentCode(ports, principal, { ...office, ...invitation });
  return (await enrolRelay(ports, { code, csr })).relayId;
}

export async function openTwoRelays(): Promise<TwoRelays> {
  const world = await openWorld();
  const { ports } = world;
  const first = await enrol(world, {}, 'first');
  const second = await enrol(world, { standby: true }, 'second');
  let presence = 0;
  const hear = (relayId: RelayId, message: UpMessage) => handleRelayEvent(ports, { ...message, relayId });
  const tell = (type: 'connected' | 'disconnected') => (relayId: RelayId) =>
    handleRelayEvent(ports, { type, at: ports.clock.now(), version: ++presence, relayId });
  return {
    world,
    first,
    second,
    hear,
    connect: tell('connected'),
    disconnect: tell('disconnected'),
    location: async () => (await ports.registry.getLocation(company, 'office')) as Location,
    async submit() {
      const targets = [{ ...office, deviceId: 'laser' }];
      const request = { contract: 'platen' as const, targets, name: 'page', template: {}, properties: {} };
      const [job] = await submitDocument(ports, principal, { ...request, bytes: Buffer.from('%PDF') });
      return job as Job;
    },
    job: async id => (await ports.jobs.get(id)) as Job,
  };
}
