import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import { RenderError } from './render-error.ts';

/** All addresses of a name, as `dns.lookup` gives them. Injected in tests: names that rebind. */
export type Resolve = (host: string) => Promise<{ address: string; family: number }[]>;

export interface EgressPolicy {
  /** `HOST` or `HOST:PORT`: names or numbers that may be fetched although they are private */
  allowFetch: readonly string[];
  resolve?: Resolve;
}

export interface Destination {
  address: string;
  family: number;
  port: number;
}

const systemResolve: Resolve = host => lookup(host, { all: true, verbatim: true });

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1').toLowerCase();

/** `HOST`, `HOST:PORT`, `[::1]:PORT` or a bare `::1`, apart. */
function parseAllowed(entry: string): { host: string; port: number | undefined } {
  if (isIP(entry) === 6) return { host: entry.toLowerCase(), port: undefined };
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.trim()) ?? [];
  return { host: withoutBrackets(host), port: port === undefined ? undefined : Number(port) };
}

/** Whether the operator allows a name or number at this port. */
function allowedAt(port: number, { allowFetch }: EgressPolicy): (host: string) => boolean {
  const allowed = allowFetch.map(parseAllowed).filter(entry => entry.port === undefined || entry.port === port);
  return host => allowed.some(entry => entry.host === host);
}

/** Whether the operator names this host, so that it may be called although it is private, and without encryption. */
export function isAllowed({ hostname, port, protocol }: URL, policy: EgressPolicy): boolean {
  return allowedAt(Number(port || (protocol === 'https:' ? 443 : 80)), policy)(withoutBrackets(hostname));
}

/** Whether an address is a private IP address, in any spelling. Host names are checked when they are resolved. */
export function isPrivateNumber(address: string, policy: EgressPolicy): boolean {
  const url = URL.parse(address);
  const name = withoutBrackets(url?.hostname ?? '');
  const port = Number(url?.port || (url?.protocol === 'https:' ? 443 : 80));
  return isIP(name) !== 0 && !isPublicAddress(name) && !allowedAt(port, policy)(name);
}

/**
 * Resolves a host and checks its address. The caller connects to the returned number, so a name that changes between
 * check and use has no effect.
 * @throws RenderError `not-reachable` for a name that does not resolve, `forbidden-address` for a private one
 */
export async function resolveDestination(host: string, port: number, policy: EgressPolicy): Promise<Destination> {
  const name = withoutBrackets(host);
  const named = allowedAt(port, policy);
  const resolve = policy.resolve ?? systemResolve;
  const found = await resolve(name).catch(cause => {
    throw new RenderError('not-reachable', unknownOrPrivate(name), { cause });
  });
  const open = found.find(({ address }) => named(name) || named(address) || isPublicAddress(address));
  if (open) return { address: open.address, family: open.family, port };
  const isNumber = isIP(name) !== 0;
  const numberText = `The address ${name}:${port} is private and may not be fetched.`;
  throw new RenderError('forbidden-address', isNumber ? numberText : unknownOrPrivate(name));
}

/** The same message for both cases: otherwise a caller could probe names in the operator's network. */
const unknownOrPrivate = (name: string) =>
  `The host ${name} is not known, or its address is private and may not be fetched.`;

/**
 * Parses the address of a page or document.
 * @throws RenderError `bad-address` when it is none, `forbidden-address` for `file:`, `view-source:` and the like
 */
export function parseWebAddress(text: string): URL {
  const url = URL.parse(text.trim());
  if (!url) throw new RenderError('bad-address', 'The address is not a URL.');
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isWeb) {
    throw new RenderError('forbidden-address', `Only http and https addresses are fetched, not ${url.protocol}`);
  }
  return url;
}
