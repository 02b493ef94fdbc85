import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { askMdns, type Way } from './mdns.ts';

const askMilliseconds = 3000;
/** Half of what responders say of addresses [RFC 6762 10]. */
const keptMilliseconds = 60_000;

const system = promisify(lookup);

/**
 * Resolves names for connections to printers. Names that end in `.local` belong to multicast DNS [RFC 6762 3], which
 * servers' resolvers do not ask; some companies use them in their own DNS, so both are asked and the first answer counts.
 */
export function makeLookup(ways?: Way[]): LookupFunction {
  const known = new Map<string, { address: LookupAddress; until: number }>();
  const resolve = async (name: string, options: LookupOptions): Promise<LookupAddress> => {
    const kept = known.get(name);
    if (kept && performance.now() < kept.until) return kept.address;
    const address = await Promise.any([system(name, { ...options, all: false }), askAddress(name, ways)]);
    known.set(name, { address, until: performance.now() + keptMilliseconds });
    return address;
  };
  return (hostname, options, done) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    if (!name.endsWith('.local')) return lookup(hostname, options as LookupOptions, done);
    resolve(name, options).then(
      address => (options.all ? done(null, [address]) : done(null, address.address, address.family)),
      () => done(unknown(hostname), []),
    );
  };
}

/** For all connections of this process. */
export const lookupPrinter: LookupFunction = makeLookup();

async function askAddress(name: string, ways: Way[] | undefined): Promise<LookupAddress> {
  let found: string | undefined;
  await askMdns(
    [{ type: 'A', name }],
    askMilliseconds,
    records => {
      for (const record of records) if (record.type === 'A' && record.name.toLowerCase() === name) found = record.data;
      return found !== undefined;
    },
    ways,
  );
  if (!found) throw unknown(name);
  return { address: found, family: 4 };
}

function unknown(hostname: string): NodeJS.ErrnoException {
  const error = new Error(`${hostname} is unknown, to the name server and on this network`);
  return Object.assign(error, { code: 'ENOTFOUND', hostname });
}
