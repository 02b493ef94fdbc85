import { describe, expect, it } from 'vitest';
import {
  httpRefusal,
  IppExchangeError,
  IppRefusal,
  reasonOf,
  tlsRefusal,
} from '../../../../relay/ipp-client/errors.ts';
import { parseIppUri } from '../../../../shared/core/domain/device-address.ts';

const target = parseIppUri('ipp://printer.example/ipp/print');

describe('a status of HTTP', () => {
  const named: [number, string][] = [
    [299, 'printer-http-error'],
    [300, 'printer-redirects'],
    [399, 'printer-redirects'],
    [400, 'printer-http-error'],
    [401, 'printer-asks-for-password'],
    [402, 'printer-http-error'],
    [403, 'printer-refuses-access'],
    [404, 'printer-path-unknown'],
    [405, 'printer-http-error'],
    [426, 'printer-demands-tls'],
    [499, 'printer-http-error'],
    [500, 'offline'],
    [503, 'offline'],
  ];
  it.each(named)('%d is called %s', (status, reason) => {
    const refusal = httpRefusal(status, target, undefined);

    expect(refusal.reason).toBe(reason);
    expect(refusal.message).toContain(String(status));
  });

  it('that redirects says where to, if the printer does', () => {
    expect(httpRefusal(302, target, 'http://elsewhere/').message).toContain('http://elsewhere/');
    expect(httpRefusal(302, target, undefined).message).toContain('another address');
  });
});

describe('a failure of TLS', () => {
  const named: [string, string | undefined, string | undefined][] = [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'printer-certificate-untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', undefined, 'printer-certificate-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'printer-certificate-untrusted'],
    ['CERT_HAS_EXPIRED', undefined, 'printer-certificate-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'printer-certificate-untrusted'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unsupported protocol', 'printer-tls-too-old'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', undefined, 'printer-tls-too-old'],
    ['ERR_SSL_NO_PROTOCOLS_AVAILABLE', undefined, 'printer-tls-too-old'],
    ['ERR_SSL_VERSION_TOO_LOW', undefined, 'printer-tls-too-old'],
    ['EPROTO', 'sslv3 alert handshake failure', 'printer-tls-too-old'],
    ['ERR_SSL_INAPPROPRIATE_FALLBACK', undefined, 'printer-tls-too-old'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'printer-without-tls'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', undefined, 'printer-without-tls'],
    ['ERR_SSL_HTTP_REQUEST', undefined, 'printer-without-tls'],
    ['ERR_SSL_DH_KEY_TOO_SMALL', undefined, 'printer-tls-fails'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', undefined, 'printer-tls-fails'],
    ['ECONNREFUSED', undefined, undefined],
    ['X_CERT_HAS_EXPIRED', undefined, undefined],
    ['NOT_ERR_SSL', undefined, undefined],
  ];
  it.each(named)('%s (%s) is called %s', (code, reason, expected) => {
    const error = Object.assign(new Error('it failed'), { code, reason });

    expect(tlsRefusal(error)?.reason).toBe(expected);
  });

  it('says which one it is', () => {
    const known = Object.assign(new Error('it failed'), {
      code: 'ERR_SSL_DH_KEY_TOO_SMALL',
      reason: 'dh key too small',
    });

    expect(tlsRefusal(known)?.message).toContain('dh key too small');
    expect(tlsRefusal({ code: 'EPROTO' })?.message).toContain('EPROTO');
    expect(tlsRefusal(new Error('no code'))).toBeUndefined();
  });
});

describe('the reason of a failed request', () => {
  it.each([
    [new IppExchangeError('gone', 'nothing'), 'offline'],
    [new IppExchangeError('no', 'nothing', { reason: 'printer-refuses-access' }), 'printer-refuses-access'],
    [new IppRefusal('forbidden'), 'printer-refuses-requests'],
    [Object.assign(new Error('a defect'), { reason: 'of another kind' }), 'offline'],
  ])('of %s is %s', (error, reason) => {
    expect(reasonOf(error)).toEqual({ reasons: [reason], message: error.message });
  });
});
