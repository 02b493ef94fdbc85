import { createPrivateKey, createPublicKey, sign, X509Certificate } from 'node:crypto';
import { type EnrolAnswer, type RenewRequest, renewalText } from '../shared/protocol/relay-protocol.ts';
import { log } from '../shared/telemetry/log.ts';
import { writeDurably } from './durable.ts';
import { askServer } from './link/web.ts';
import { type DataFolder, type Identity, readConfig, readIfThere } from './settings.ts';

const answerMilliseconds = 30_000;
/** Long enough for a site that is closed for weeks. */
const renewBeforeMilliseconds = 60 * 24 * 60 * 60_000;

/** The public key by which the server knows this relay, PEM. */
export function publicKeyOf(privateKey: string): string {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString();
}

/** The server says that this relay has lost its place. */
export class PlaceLost extends Error {}

/** Gets a new certificate when the present one ends soon, and keeps it. Undefined when there is no need. */
export async function renewIfDue(folder: DataFolder, identity: Identity, now: number): Promise<Identity | undefined> {
  const ends = new X509Certificate(identity.certificate).validToDate.getTime();
  return ends - now > renewBeforeMilliseconds ? undefined : await renew(folder, identity, now);
}

/** Gets a new certificate, and keeps it. Throws `PlaceLost` when the relay was replaced or revoked. */
export async function renew(folder: DataFolder, identity: Identity, now: number): Promise<Identity> {
  const { server } = await readConfig(folder);
  const [key, csr] = [await readIfThere(folder.key), await readIfThere(folder.request)];
  if (!server || !key || !csr) throw new Error('This relay enrolled with release 0.1.0: enrol it again.');
  const unsigned = { relayId: identity.relayId, at: now, csr };
  const signature = sign('sha256', Buffer.from(renewalText(unsigned)), key).toString('base64');
  const request: RenewRequest = { ...unsigned, signature };
  const { status, text } = await askServer(new URL('/platen/v1/relays/renew', server), request, answerMilliseconds);
  if (status === 410) throw new PlaceLost(detailIn(text));
  if (status < 200 || status >= 300) throw new Error(`HTTP ${status} ${text.slice(0, 500)}`);
  const renewed = JSON.parse(text) as EnrolAnswer;
  await writeDurably(folder.identity, JSON.stringify(renewed));
  log.info('certificate-renewed', { relayId: renewed.relayId });
  return renewed;
}

/** Of a problem document [RFC 9457]. */
function detailIn(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: string }).detail);
  } catch {
    return text.slice(0, 500);
  }
}
