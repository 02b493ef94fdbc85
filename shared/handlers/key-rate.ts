import type { RateUse, Route } from '../contracts/contract.ts';
import type { Principal } from '../core/domain/company.ts';
import { PrintError } from '../core/domain/errors.ts';
import type { Ports } from '../core/ports/index.ts';
import { keyRate } from '../protocol/config.ts';
import type { FunctionName } from '../protocol/service-table.ts';
import { type Taken, TokenBuckets } from '../protocol/token-buckets.ts';

/*
 * Requests per second of one key, counted in the memory of this process: exact on one machine, and in AWS a limit of what
 * one key does to one process. Status polls and segments of uploads have a bucket of their own, since the programs of users
 * send many of them in a row (docs/decisions/0031-rate-limit-per-key.md).
 */

/** Clients come in bursts: a page that lists printers, a batch of labels. */
const burstSeconds = 2;
/** Clients poll several times a second for each job, and send segments as fast as their line takes them. */
const frequentFactor = 10;
const frequent: ReadonlySet<FunctionName> = new Set(['status', 'job-check', 'upload']);

interface Buckets {
  rate: number;
  calls: TokenBuckets;
  frequent: TokenBuckets;
}

type RatePorts = Pick<Ports, 'registry' | 'clock'>;
type Count = 'take' | 'look';

/** Of the keys of a registry. */
const known = new WeakMap<RatePorts['registry'], Buckets>();

function bucketsFor({ registry }: RatePorts, rate: number): Buckets {
  const make = (perSecond: number) => new TokenBuckets(perSecond, Math.max(1, Math.round(perSecond * burstSeconds)));
  const there = known.get(registry);
  const buckets = there?.rate === rate ? there : { rate, calls: make(rate), frequent: make(rate * frequentFactor) };
  known.set(registry, buckets);
  return buckets;
}

function count(how: Count, ports: RatePorts, route: Route, { keyId }: Principal) {
  const rate = keyRate();
  if (rate === undefined || keyId === undefined) return undefined;
  const policy = frequent.has(route.function) ? 'frequent' : 'calls';
  const buckets = bucketsFor(ports, rate)[policy];
  const taken = buckets[how](keyId, ports.clock.now());
  const windowSeconds = Math.ceil(buckets.burst / buckets.perSecond);
  const { remaining, fullSeconds } = taken;
  const use: RateUse = { policy, quota: buckets.burst, windowSeconds, remaining, fullSeconds };
  return { use, refusal: taken.isTaken ? undefined : tooMany(taken) };
}

/** Counts a request of a key. Returns how much is left, and the refusal if it was too many; undefined without a limit. */
export const countRequest = (ports: RatePorts, route: Route, principal: Principal) =>
  count('take', ports, route, principal);

/** Throws if a request of this key would be refused, which is known before its body is read. Counts nothing. */
export function checkRate(ports: RatePorts, route: Route, principal: Principal): void {
  const refusal = count('look', ports, route, principal)?.refusal;
  if (refusal) throw refusal;
}

const tooMany = ({ waitSeconds: retryAfterSeconds }: Taken) =>
  new PrintError(
    'rate-limited',
    `This key sends too many requests. Send the next one in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}.`,
    { retryAfterSeconds },
  );
