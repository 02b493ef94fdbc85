import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { makePresigner, type PresignedRequest } from '../../../../shared/adapters/aws/s3/presigner.ts';

const now = Date.UTC(2026, 1, 28, 23, 59, 59);
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEOr//////////wEaDGV1LWNlbnRyYWwtMSJHMEUCIQD+/==',
};
const place = { region: 'eu-central-1', bucket: 'platen-documents' };

/** The result of the SDK's signer for the same request. */
async function signedBySdk({ method, key, expiresSeconds, query = {}, octets }: PresignedRequest, endpoint?: string) {
  class Sha256 {
    readonly #hash;
    constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
      this.#hash = secret ? createHmac('sha256', secret as Buffer) : createHash('sha256');
    }
    update(bytes: Uint8Array) {
      this.#hash.update(bytes);
    }
    async digest() {
      return this.#hash.digest();
    }
    reset() {}
  }
  const signer = new SignatureV4({
    service: 's3',
    region: place.region,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { protocol, host, hostname, port } = new URL(
    endpoint ?? `https://${place.bucket}.s3.${place.region}.amazonaws.com`,
  );
  const escaped = key
    .split('/')
    .map(part => encodeURIComponent(part).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
  const request = {
    method,
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    path: `${endpoint ? `/${place.bucket}` : ''}/${escaped.join('/')}`,
    // as the SDK's presigner for S3 does
    headers: {
      host,
      'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
      ...(octets !== undefined && { 'content-length': String(octets) }),
    },
    query,
  };
  const unhoistableHeaders = new Set(['content-length']);
  const signed = await signer.presign(request, {
    expiresIn: expiresSeconds,
    signingDate: new Date(now),
    unhoistableHeaders,
  });
  return { path: signed.path, query: signed.query as Record<string, string> };
}

const requests: [what: string, request: PresignedRequest][] = [
  ['a document', { method: 'GET', key: 'companies/acme/documents/0123', expiresSeconds: 900 }],
  [
    'an attachment of any name',
    {
      method: 'GET',
      key: "companies/acme/outputs/Übersicht (1)*!'~ +&=.pdf",
      expiresSeconds: 60,
      query: {
        'response-content-type': 'application/pdf; q="1"',
        'response-content-disposition': `attachment; filename="a b"; filename*=UTF-8''%E8%AB%8B`,
      },
    },
  ],
  ['a part', { method: 'PUT', key: 'a/b', expiresSeconds: 3600, query: { partNumber: '12', uploadId: 'x_y.z-1~+/=' } }],
  [
    'one length',
    { method: 'PUT', key: 'a/b', expiresSeconds: 60, query: { partNumber: '1', uploadId: 'x' }, octets: 9 },
  ],
];

describe('presigned addresses', () => {
  test.each(requests)('are the same as the SDK’s for %s', async (_, request) => {
    for (const endpoint of [undefined, 'http://127.0.0.1:4566']) {
      const address = new URL(makePresigner({ ...place, credentials, endpoint, now: () => now })(request));
      const expected = await signedBySdk(request, endpoint);

      expect(address.pathname).toBe(expected.path);
      expect(Object.fromEntries(address.searchParams)).toEqual(expected.query);
    }
  });

  test('use the new day’s key, and the previous day’s if the clock goes back', () => {
    let time = now;
    const presign = makePresigner({ ...place, credentials, now: () => time });
    const request = requests[0]?.[1] as PresignedRequest;
    const signature = (address: string) => new URL(address).searchParams.get('X-Amz-Signature');

    const first = signature(presign(request));
    time += 1000;
    const next = presign(request);
    time -= 1000;
    const back = signature(presign(request));

    expect(next).toContain('20260301');
    expect(signature(next)).not.toBe(first);
    expect(back).toBe(first);
  });

  test('hold no token when the credentials have none', () => {
    const presign = makePresigner({
      ...place,
      credentials: { ...credentials, sessionToken: undefined },
      now: () => now,
    });

    expect(presign(requests[0]?.[1] as PresignedRequest)).not.toContain('Security-Token');
  });
});
