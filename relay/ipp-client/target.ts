/** Where a printer is: its own address, and the HTTP one behind it [RFC 8010 4.1.1, RFC 7472 4]. */
export interface IppTarget {
  /** what requests call `printer-uri` */
  printerUri: string;
  url: URL;
  secure: boolean;
}

const defaultPort = '631';
/** where IPP Everywhere printers have their first and mostly only printer [PWG 5100.14 4.2.3] */
const defaultPath = '/ipp/print';

/** Throws a `TypeError` with a message for the person who typed the address. */
export function parseIppUri(uri: string): IppTarget {
  const given = URL.parse(uri);
  const isIpp = given?.protocol === 'ipp:' || given?.protocol === 'ipps:';
  if (!given || !isIpp || given.hostname === '')
    throw new TypeError(`"${uri}" is no address like ipp://host/ipp/print`);
  if (given.username || given.password) throw new TypeError(`a printer's address has no user name or password in it`);

  const secure = given.protocol === 'ipps:';
  const path = given.pathname === '' || given.pathname === '/' ? defaultPath : given.pathname;
  const authority = `${given.hostname}:${given.port || defaultPort}`;
  const url = URL.parse(`${secure ? 'https' : 'http'}://${authority}${path}${given.search}`);
  if (!url) throw new TypeError(`"${uri}" names no host that can be asked`);
  const port = given.port ? `:${given.port}` : '';
  return { printerUri: `${given.protocol}//${given.hostname}${port}${path}${given.search}`, url, secure };
}
