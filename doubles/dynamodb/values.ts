import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Refused before anything is read or written. */
export class ValidationError extends Error {}

const typeOf = (value: AttributeValue) => Object.keys(value)[0];

export function isSame(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (!left || !right || typeOf(left) !== typeOf(right)) return false;
  if (left.N !== undefined) return Number(left.N) === Number(right.N);
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Values of different types are neither less nor more; an attribute that does not exist differs from every value. */
export function compare(
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
  operator: string,
): boolean {
  if (operator === '=') return isSame(left, right);
  if (operator === '<>') return !isSame(left, right);
  if (!left || !right || typeOf(left) !== typeOf(right)) return false;
  const order = orderOf(left, right);
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** Numbers by value, strings by their UTF-8 octets. */
export function orderOf(left: AttributeValue, right: AttributeValue): number {
  if (left.N !== undefined) return Number(left.N) - Number(right.N);
  return Buffer.compare(Buffer.from(left.S ?? ''), Buffer.from(right.S ?? ''));
}

/** In octets, or in elements. */
export function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  // on the wire, binary values are Base64
  if (value.B !== undefined) return Buffer.from(value.B as unknown as string, 'base64').length;
  return Object.keys(value.L ?? value.M ?? value.SS ?? value.NS ?? {}).length;
}
