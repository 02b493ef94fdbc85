import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Location } from '../../../../../shared/core/domain/printer.ts';
import { renewRelay } from '../../../../../shared/core/usecases/relays/renew-relay.ts';
import { type RenewRequest, renewalText } from '../../../../../shared/protocol/relay-protocol.ts';
import { company, openWorld, relayId, type World } from '../../../world.ts';

let world: World;
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const relay = { relayId, companyId: company, locationId: 'office', createdAt: 0, revoked: false, publicKey };

beforeEach(async () => {
  world = await openWorld();
  await world.ports.registry.putRelay(relay);
});
afterEach(() => world.close());

function signed(changes: Partial<RenewRequest> = {}, key = keys.privateKey): RenewRequest {
  const request = { relayId, at: world.ports.clock.now(), csr: 'a request', ...changes };
  return { signature: sign('sha256', Buffer.from(renewalText(request)), key).toString('base64'), ...request };
}

it('a relay that proves itself gets another certificate', async () => {
  expect(await renewRelay(world.ports, signed())).toMatchObject({ relayId, locationId: 'office' });
});

it('of another key, or a changed request, is refused', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const changed = { ...signed(), csr: 'another request' };

  await expect(renewRelay(world.ports, signed({}, other))).rejects.toThrow('Enrol it again');
  await expect(renewRelay(world.ports, changed)).rejects.toThrow('Enrol it again');
  await expect(renewRelay(world.ports, { ...signed(), signature: 'rubbish' })).rejects.toThrow('Enrol it again');
});

it('one that has lost its place learns so, and why', async () => {
  await world.ports.registry.putRelay({ ...relay, revoked: true });
  const replaced = renewRelay(world.ports, signed());
  await expect(replaced).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('Another relay') });

  const location = await world.ports.registry.getLocation(company, 'office');
  await world.ports.registry.saveLocation({ ...(location as Location), relayId: undefined });
  const revoked = renewRelay(world.ports, signed());
  await expect(revoked).rejects.toMatchObject({ code: 'gone', message: expect.stringContaining('was revoked') });
});

it('a signature of long ago is refused', async () => {
  const at = world.ports.clock.now() - 3_600_000;

  await expect(renewRelay(world.ports, signed({ at }))).rejects.toThrow('clock');
});

it('a relay that named no key when it enrolled is refused', async () => {
  const { publicKey: _, ...old } = relay;
  await world.ports.registry.putRelay(old);

  await expect(renewRelay(world.ports, signed())).rejects.toThrow('Enrol it again');
});
