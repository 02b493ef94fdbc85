import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { enrol } from '../../../relay/enrol.ts';
import { type DataFolder, findDataFolder, type Identity } from '../../../relay/settings.ts';
import type { RelayId } from '../../../shared/core/domain/ids.ts';
import type { RelayIdentities } from '../../../shared/core/ports/index.ts';
import type { EnrolRequest, RenewRequest } from '../../../shared/protocol/relay-protocol.ts';
import { temporaryFolder } from '../adapters/embedded/mqtt/broker-fixture.ts';

export const relayId = 'relay-1' as RelayId;

/** A server that enrols relays and renews their certificates. */
export async function startEnrolmentServer(identities: RelayIdentities) {
  const asked: { path: string; body: EnrolRequest & RenewRequest }[] = [];
  const refusal: { status?: number; text?: string } = {};
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as EnrolRequest & RenewRequest;
    asked.push({ path: request.url ?? '', body });
    if (refusal.status) return void response.writeHead(refusal.status).end(refusal.text);
    response.end(JSON.stringify({ relayId, locationId: 'office', ...(await identities.issue(relayId, body.csr)) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    ...{ asked, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    /** Refuses what is asked from now on; without a status it answers again. */
    refuse: (status?: number, text = '') => Object.assign(refusal, { status, text }),
  };
}

/** The data folder of a relay that has enrolled there. */
export async function enrolledFolder(url: string): Promise<{ folder: DataFolder; identity: Identity }> {
  const folder = await findDataFolder(await temporaryFolder());
  return { folder, identity: await enrol(folder, url, 'a-code', () => undefined) };
}
