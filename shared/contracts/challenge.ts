import type { PrintError } from '../core/domain/errors.ts';

/** What a 401 must say: how a client shows who it is [RFC 9110 11.6.1]. */
export function challengeFor({ code }: PrintError, scheme: 'Basic' | 'Bearer' | 'ApiKey'): Record<string, string> {
  return code === 'unauthorized' ? { 'www-authenticate': `${scheme} realm="Platen"` } : {};
}
