import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../../shared/core/domain/sealed.ts';
import { receiversKey, signatureHeaders } from '../../../../shared/core/domain/webhook-signature.ts';

const body = '{"type":"job.completed","data":{"name":"Größe"}}';
const id = `evt_${'0'.repeat(32)}`;
const [key, former] = [randomBytes(32), randomBytes(32)];
const secretOf = (key: Buffer) => (receiversKey('v1', key) as { secret: string }).secret;
const signed = (keys = [key], at = Date.now()) => signatureHeaders('v1', keys, { id, body, at });

describe.each([
  ['standardwebhooks', (secret: string) => new Webhook(secret)],
  ['svix', (secret: string) => new SvixWebhook(secret)],
])('a signature of v1, checked by %s', (_name, open) => {
  it('is accepted', () => {
    expect(() => open(secretOf(key)).verify(body, signed())).not.toThrow();
  });

  it('is accepted by the holders of both secrets while one is replaced', () => {
    const headers = signed([key, former]);

    expect(() => open(secretOf(former)).verify(body, headers)).not.toThrow();
    expect(() => open(secretOf(key)).verify(body, headers)).not.toThrow();
  });

  it.each<[string, string, Partial<ReturnType<typeof signed>>]>([
    ['another body', `${body} `, {}],
    ['another id', body, { 'webhook-id': 'evt_other' }],
    ['no signature', body, { 'webhook-signature': '' }],
    ['no id', body, { 'webhook-id': '' }],
    ['another time', body, { 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 10) }],
  ])('is refused with %s', (_what, text, changed) => {
    expect(() => open(secretOf(key)).verify(text, { ...signed(), ...changed })).toThrow();
  });

  it('is refused after more than five minutes, and with another secret', () => {
    expect(() => open(secretOf(key)).verify(body, signed([key], Date.now() - 302_000))).toThrow();
    expect(() => open(secretOf(key)).verify(body, signed([key], Date.now() + 302_000))).toThrow();
    expect(() => open(secretOf(former)).verify(body, signed())).toThrow();
  });
});

describe('a signature of v1a', () => {
  const headers = signatureHeaders('v1a', [key], { id, body, at: 1_700_000_000_123 });
  const { publicKey } = receiversKey('v1a', key) as { publicKey: string };

  it('is one of Ed25519 over the id, the time and the body, by the public key', () => {
    const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64');
    const receivers = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') },
      format: 'jwk',
    });
    const signature = Buffer.from(headers['webhook-signature'].replace('v1a,', ''), 'base64');

    expect([publicKey.startsWith('whpk_'), x.length, headers['webhook-timestamp']]).toEqual([true, 32, '1700000000']);
    expect(verify(null, Buffer.from(`${id}.1700000000.${body}`), receivers, signature)).toBe(true);
    expect(verify(null, Buffer.from(`${id}.1700000001.${body}`), receivers, signature)).toBe(false);
  });
});

describe('a sealed key', () => {
  const master = randomBytes(32);
  const sealed = seal(master, key, 'webhook-1', randomBytes(12));

  it('opens with the key it was sealed with, and for its owner only', () => {
    expect(unseal(master, sealed, 'webhook-1')).toEqual(key);
    expect(sealed).not.toContain(key.toString('base64url').slice(0, 10));
    expect(() => unseal(master, sealed, 'webhook-2')).toThrow();
    expect(() => unseal(randomBytes(32), sealed, 'webhook-1')).toThrow();
  });
});
