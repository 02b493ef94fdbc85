import { PrintError } from '../../domain/errors.ts';
import { seal, sealNonceOctets, unseal } from '../../domain/sealed.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { type SignedRequest, signatureHeaders } from '../../domain/webhook-signature.ts';
import type { Ports } from '../../ports/index.ts';

export type KeyPorts = Pick<Ports, 'keyring' | 'clock'>;

const keyOctets = 32;

/** Makes a signing key: as it is, and as it is stored. */
export async function newWebhookKey({ keyring, clock }: KeyPorts, webhookId: string) {
  const random = Buffer.from(clock.token() + clock.token() + clock.token(), 'hex');
  const key = random.subarray(0, keyOctets);
  const nonce = random.subarray(keyOctets, keyOctets + sealNonceOctets);
  return { key, sealed: seal(await keyring.keyFor('webhook-secrets'), key, webhookId, nonce) };
}

/** The headers of one try, signed by each key that is good now. */
export async function signedHeaders({ keyring }: KeyPorts, webhook: Webhook, request: SignedRequest) {
  const key = await keyring.keyFor('webhook-secrets');
  const good = webhook.keys.filter(({ until = Number.POSITIVE_INFINITY }) => until > request.at);
  try {
    const keys = good.map(({ sealed }) => unseal(key, sealed, webhook.id));
    return signatureHeaders(webhook.signing, keys, request);
  } catch (cause) {
    const message = 'The secret of the webhook cannot be decrypted: the secret of the installation is another one.';
    throw new PrintError('internal', message, { cause });
  }
}
