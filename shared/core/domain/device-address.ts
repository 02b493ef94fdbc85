import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deviceSchemeOf } from './printer.ts';

/*
 * Addresses of output devices, read the same way where a person types them and where a relay uses them. Everything here
 * throws a `TypeError` with a message for the person who typed the address.
 */

/** The address of an IPP printer, and the HTTP address behind it [RFC 8010 4.1.1, RFC 7472 4]. */
export interface IppTarget {
  /** `printer-uri` of requests */
  printerUri: string;
  url: URL;
  secure: boolean;
  /** the oldest version of TLS that the operator allows for this printer; absent: what Node allows */
  minimumTls?: TlsVersion;
  /** what the printer's certificate must be: signed by an authority for this name, the same as before, or anything */
  certificate: CertificateRule;
}

const certificateRules = ['strict', 'pin', 'any'] as const;
export type CertificateRule = (typeof certificateRules)[number];

const tlsVersions = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
export type TlsVersion = (typeof tlsVersions)[keyof typeof tlsVersions];

export interface SocketTarget {
  host: string;
  port: number;
  /** whether the printer closes the connection once it has the document; `?waiteof=false` for those that never do */
  closesAtEnd: boolean;
  /** milliseconds for the printer to close, and between two documents */
  idleMilliseconds: number;
  pauseMilliseconds: number;
}

export interface LpdTarget {
  host: string;
  port: number;
  queue: string;
}

const ippPort = '631';
const socketPort = 9100;
/** [RFC 1179 3] */
const lpdPort = 515;
/** where IPP Everywhere printers have their first and mostly only printer [PWG 5100.14 4.2.3] */
const ippPath = '/ipp/print';
const closeSeconds = 20;

/** Checks an address of any kind. */
export function checkDeviceAddress(uri: string): void {
  const scheme = deviceSchemeOf(uri);
  if (scheme === 'file') parseFolderUri(uri);
  else if (scheme === 'socket') parseSocketUri(uri);
  else if (scheme === 'lpd') parseLpdUri(uri);
  else parseIppUri(uri);
}

export function parseIppUri(uri: string): IppTarget {
  const given = URL.parse(uri);
  const isIpp = given?.protocol === 'ipp:' || given?.protocol === 'ipps:';
  if (given && (given.username || given.password)) {
    throw new TypeError(
      `"${given.protocol}//${given.host}${given.pathname}": a printer's address has no user name or password in it; ` +
        'give them to the relay with --login NAME=USER:PASSWORD',
    );
  }
  if (!given || !isIpp) throw new TypeError(`"${uri}" is no address like ipp://host/ipp/print`);

  const secure = given.protocol === 'ipps:';
  const minimumTls = takeTls(given, uri);
  const certificate = takeCertificate(given, uri);
  const path = given.pathname === '' || given.pathname === '/' ? ippPath : given.pathname;
  const authority = `${given.hostname}:${given.port || ippPort}`;
  const url = URL.parse(`${secure ? 'https' : 'http'}://${authority}${path}${given.search}`);
  if (!url) throw new TypeError(`"${uri}" names no host that can be asked`);
  const port = given.port ? `:${given.port}` : '';
  const printerUri = `${given.protocol}//${given.hostname}${port}${path}${given.search}`;
  return { printerUri, url, secure, ...(minimumTls ? { minimumTls } : {}), certificate };
}

/** `?tls=1.0` is for the relay; the rest of a query is the printer's own. */
function takeTls(given: URL, uri: string): TlsVersion | undefined {
  const version = given.searchParams.get('tls');
  if (version === null) return undefined;
  given.searchParams.delete('tls');
  if (version in tlsVersions) return tlsVersions[version as keyof typeof tlsVersions];
  throw new TypeError(`"${uri}": tls is one of ${Object.keys(tlsVersions).join(', ')}`);
}

/** `?certificate=strict` is for the relay, too. */
function takeCertificate(given: URL, uri: string): CertificateRule {
  const rule = given.searchParams.get('certificate') ?? 'pin';
  given.searchParams.delete('certificate');
  const found = certificateRules.find(each => each === rule);
  if (found) return found;
  throw new TypeError(`"${uri}": certificate is one of ${certificateRules.join(', ')}`);
}

export function parseSocketUri(uri: string): SocketTarget {
  const url = URL.parse(uri);
  const isBare = url?.protocol === 'socket:' && url.hostname !== '' && /^\/?$/.test(url.pathname) && !url.username;
  if (!isBare) throw new TypeError(`"${uri}" is no address like socket://host:${socketPort}`);
  const target: SocketTarget = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || socketPort),
    closesAtEnd: true,
    idleMilliseconds: closeSeconds * 1000,
    pauseMilliseconds: 0,
  };
  for (const [name, value] of url.searchParams) Object.assign(target, socketOption(uri, name, value));
  return target;
}

function socketOption(uri: string, name: string, value: string): Partial<SocketTarget> {
  const seconds = /^\d{1,4}$/.test(value) ? Number(value) : undefined;
  if (name === 'waiteof' && /^(true|false)$/.test(value)) return { closesAtEnd: value === 'true' };
  if (name === 'idle' && seconds !== undefined) return { idleMilliseconds: seconds * 1000 };
  if (name === 'pause' && seconds !== undefined) return { pauseMilliseconds: seconds * 1000 };
  throw new TypeError(`"${uri}": ?${name}=${value} is not waiteof=true|false, idle=SECONDS or pause=SECONDS`);
}

export function parseLpdUri(uri: string): LpdTarget {
  const url = URL.parse(uri);
  const [, queue = ''] = /^\/([^/\s]+)$/.exec(decodeURIComponent(url?.pathname ?? '')) ?? [];
  const isPlain = url?.protocol === 'lpd:' && url.hostname !== '' && url.search === '' && !url.username;
  if (!isPlain || queue === '') throw new TypeError(`"${uri}" is no address like lpd://host/queue`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || lpdPort), queue };
}

/** The folder's path. */
export function parseFolderUri(uri: string): string {
  if (/^file:/i.test(uri)) return fileURLToPath(uri);
  if (!isAbsolute(uri) && !/^\.\.?([\\/]|$)/.test(uri))
    throw new TypeError(`"${uri}" is no folder like file:///folder`);
  return resolve(uri);
}
