/** More than anybody writes, and less than what recursive code has a stack for. */
const deepest = 200;

/** Whether values stand inside of each other so deeply that they can neither be written out nor gone through. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === deepest || Object.values(value).some(inner => isTooDeep(inner, depth + 1));
}
