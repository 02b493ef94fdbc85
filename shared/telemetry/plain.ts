const deepestCause = 5;
const longestText = 4000;
const secretName = /^(authorization|cookie|set-cookie|password|secret|credentials?|x-api-key|api-?key|key|code|csr)$/i;

/**
 * A value as JSON can hold it. Errors become `{name, message, code, detail, stack, cause}`, and secrets are removed:
 * values under names such as `authorization`, and the user info and query of every address, where presigned
 * addresses carry their signatures.
 */
export function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return plainText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return plainError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth > deepestCause) return '[…]';
  if (Array.isArray(value)) return value.map(item => plain(item, depth + 1));
  const entries = Object.entries(value).map(([name, item]) => [name, plainField(name, item, depth)]);
  return Object.fromEntries(entries);
}

function plainField(name: string, value: unknown, depth: number): unknown {
  const isSecret = secretName.test(name) && typeof value === 'string' && depth > 0;
  return isSecret ? '[removed]' : plain(value, depth + 1);
}

function plainError(error: Error & { code?: unknown; detail?: unknown }, depth: number): object {
  const { name, message, code, detail, cause, stack } = error;
  const causes = error instanceof AggregateError ? error.errors : undefined;
  const known = { name, message, code, detail, stack, cause: depth < deepestCause ? cause : undefined, causes };
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([field, value]) => [field, field === 'code' ? value : plain(value, depth + 1)]));
}

function plainText(text: string): string {
  const short = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  if (!short.includes('://') && !/bearer|basic/i.test(short)) return short;
  return short
    .replace(/(\w:\/\/)[^\s/@"']*@/g, '$1')
    .replace(/(\w:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/g, '$1?…')
    .replace(/\b(bearer|basic)\s+[\w+/=.~-]{6,}/gi, '$1 [removed]');
}
