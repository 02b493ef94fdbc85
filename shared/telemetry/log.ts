/**
 * One JSON line per event on standard error. Fields are for machines: ids, counts, codes; never octets of documents,
 * credentials or presigned addresses.
 */
export function log(event: string, fields: Record<string, unknown> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...fields }, plainError)}\n`);
}

/** JSON.stringify makes `{}` of an Error. */
function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, code } = value as Error & { code?: unknown };
  return { name, message, code, cause: value.cause };
}
