import type { HttpResponse, Route } from '../contracts/contract.ts';
import type { PrintError } from '../core/domain/errors.ts';
import { limitedLog, log } from '../telemetry/log.ts';
import { record } from '../telemetry/metrics.ts';

/** Programs with a wrong key repeat it several times a second. */
const logUnauthorized = limitedLog('warn', 1000);

/** Programs that send too much do not stop at once. */
const logRateLimited = limitedLog('info', 1000);

interface Refused {
  error: PrintError;
  method: string;
  route: Route | undefined;
  /** the client's address */
  address: string;
}

/** The refusal of an error in the caller's dialect, with what HTTP says about the next attempt. */
export function refusalOf(error: PrintError, refusal: HttpResponse): HttpResponse {
  const { retryAfterSeconds } = error;
  if (retryAfterSeconds === undefined) return refusal;
  return { ...refusal, headers: { ...refusal.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** One log line and one count for each request that is refused; `internal` and `overloaded` are our failures and carry their cause. */
export function noteRefusal({ error, method, route, address }: Refused): void {
  const { code, message } = error;
  const isRead = method === 'GET' || method === 'HEAD';
  if (code === 'internal' || code === 'overloaded') {
    log.error('request-failed', { error });
    record('requestsFailed');
  } else if (code === 'unauthorized') {
    logUnauthorized('request-unauthorized', { message, address });
    record('requestsUnauthorized');
  } else if (code === 'rate-limited') {
    logRateLimited('request-rate-limited', { message, address });
    record('requestsRateLimited');
  } else if (route?.function === 'print') {
    log.info('submission-refused', { code, message });
    record('submissionsRefused');
  } else log[isRead ? 'debug' : 'info']('request-refused', { code, message });
}
