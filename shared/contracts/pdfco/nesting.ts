/** Deeper than real requests, and within the stack of recursive code. */
const deepest = 200;

/** Whether values are nested too deeply for recursive code. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === deepest || Object.values(value).some(inner => isTooDeep(inner, depth + 1));
}
