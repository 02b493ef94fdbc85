import type { Contract, HttpRequest, Route } from '../contracts/contract.ts';

export interface Found {
  contract: Contract;
  route: Route;
  parameters: Record<string, string>;
}

export type Match = Found | { contract: Contract; allow: string[] };

/**
 * Finds the route of a request. Ignores letter case, a trailing slash, and further slashes before the path, which clients
 * make of a server address that ends with one. Without a match, the contract that owns the path refuses the request, with
 * the methods that the path supports.
 */
export function matchRoute(contracts: Contract[], request: Pick<HttpRequest, 'method' | 'path'>): Match {
  const { method } = request;
  const path = request.path.replace(/^\/+/, '/');
  const found = contracts.flatMap(contract =>
    contract.routes.flatMap(route => {
      const parameters = parametersIn(route, path);
      return parameters ? [{ contract, route, parameters }] : [];
    }),
  );
  const match = found.find(({ route }) => route.methods.includes(method));
  if (match) return match;
  const contract = found[0]?.contract ?? contracts.find(({ owns }) => owns(path));
  return { contract: contract as Contract, allow: [...new Set(found.flatMap(({ route }) => route.methods))] };
}

const patterns = new WeakMap<Route, RegExp>();

function parametersIn(route: Route, path: string): Record<string, string> | undefined {
  const pattern = patterns.get(route) ?? patternOf(route.path);
  patterns.set(route, pattern);
  const match = pattern.exec(path);
  return match ? (match.groups ?? {}) : undefined;
}

/** Converts a route's path to a pattern. */
export function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.*?^$()|[\]\\]/g, '\\$&');
  const source = escaped.replace(/\{(\w+)\+\}/g, '(?<$1>.+?)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}/?$`, 'is');
}
