/** Where a broker may be reached. */
export interface Endpoint {
  host: string;
  port: number;
}

export const httpsPort = 443;

/**
 * The endpoints to try, in order. Firewalls let out port 443 more often than any other, and AWS IoT serves it at every
 * endpoint. A broker of another kind has it only behind a router that chooses by protocol, so its own port is first.
 */
export function endpointsOf(known: Endpoint, port: number | undefined): Endpoint[] {
  if (port !== undefined) return [{ ...known, port }];
  const shared = { ...known, port: httpsPort };
  if (known.port === httpsPort) return [known];
  return known.host.endsWith('.amazonaws.com') ? [shared, known] : [known, shared];
}

/** The same, with the one first that worked last. */
export function startingWith(last: Endpoint | undefined, endpoints: Endpoint[]): Endpoint[] {
  const isKnown = ({ host, port }: Endpoint) => host === last?.host && port === last.port;
  return endpoints.toSorted((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}
