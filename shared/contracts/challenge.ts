import type { PrintError } from '../core/domain/errors.ts';

/** The header that a 401 must have: how a client authenticates [RFC 9110 11.6.1]. */
export function challengeFor({ code }: PrintError, scheme: 'Basic' | 'Bearer' | 'ApiKey'): Record<string, string> {
  return code === 'unauthorized' ? { 'www-authenticate': `${scheme} realm="Platen"` } : {};
}
