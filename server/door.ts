import type { IncomingMessage } from 'node:http';
import type { Contract, HttpResponse } from '../shared/contracts/contract.ts';
import { contracts } from '../shared/contracts/index.ts';
import { PrintError } from '../shared/core/domain/errors.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { authenticate } from '../shared/core/usecases/accounts/authenticate.ts';
import { checkRate } from '../shared/handlers/key-rate.ts';
import { refusalOf } from '../shared/handlers/refusals.ts';
import { matchRoute } from '../shared/handlers/router.ts';
import { gatewayLimits } from '../shared/protocol/service-table.ts';
import type { DiskSpace } from './disk-space.ts';
import { OctetBudget } from './octet-budget.ts';

/*
 * What is decided about a request before its body is read: a body costs memory, and a client without a key gets little
 * of it. API Gateway does this in AWS.
 */

/** Bodies that are being read or worked on. */
const budget = new OctetBudget(256 * 1024 * 1024);
/** The same of clients whose key can only stand in the body, or that need none. */
const keylessBudget = new OctetBudget(32 * 1024 * 1024);
const keylessMilliseconds = 60_000;
/** Enrolment requests and the like. */
const anyoneOctets = 64 * 1024;

export interface Admission {
  octetsAtMost: number;
  budget: OctetBudget;
  /** for the whole body; undefined for clients with a key, whose lines may be slow */
  milliseconds?: number;
}

/** Whether a body is taken, and how much of it; or the answer that the request gets at once. */
export async function admit(
  request: IncomingMessage,
  ports: Ports,
  disk: DiskSpace,
): Promise<Admission | HttpResponse> {
  const [path = '/', query] = (request.url ?? '/').split('?');
  const match = matchRoute(contracts, { method: request.method ?? 'GET', path });
  if (!('route' in match)) return match.contract.unknownRoute(match.allow);
  const { contract, route } = match;
  const full = await disk.refusal();
  if (full) return full;
  if (route.access === 'anyone') return keyless(anyoneOctets);
  const key = credentialBefore(request, contract, path, query);
  if (key === undefined && contract.takesKeyInBody) return keyless(gatewayLimits.bodyOctets);
  try {
    const principal = await authenticate(ports, key);
    checkRate(ports, route, principal);
    return (await disk.refusalOf(principal.companyId)) ?? { octetsAtMost: gatewayLimits.bodyOctets, budget };
  } catch (error) {
    if (error instanceof PrintError) return refusalOf(error, contract.refuse(error));
    throw error;
  }
}

const keyless = (octetsAtMost: number): Admission => ({
  octetsAtMost,
  budget: keylessBudget,
  milliseconds: keylessMilliseconds,
});

function credentialBefore(request: IncomingMessage, contract: Contract, path: string, query = ''): string | undefined {
  return contract.credential({
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.alloc(0),
    parameters: {},
    origin: '',
  });
}
