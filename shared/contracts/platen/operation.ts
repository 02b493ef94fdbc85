import type * as z from 'zod';
import type { Route } from '../contract.ts';

/** The description of a route in the OpenAPI document, besides path, method and access. */
export interface Operation {
  /** the name of generated functions */
  id: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** the body is optional */
  isBodyOptional?: boolean;
  /** the body may be the document itself */
  takesOctets?: boolean;
  /** accepts `Idempotency-Key` */
  isIdempotent?: boolean;
  /** the response on success; without a schema it is text of this media type */
  answer: { status: number; schema?: z.ZodType; type?: string };
  makes?: Made;
  /** statuses of refusals besides the usual ones of such a route */
  refusals?: number[];
  /** another response on success; without a schema it has no body */
  alternative?: { status: number; schema?: z.ZodType };
}

/** Where an answer has the id of what was made, for the operations on it. */
export interface Made {
  /** the name of the parameter in their paths */
  parameter: string;
  /** a JSON pointer [RFC 6901] */
  pointer: string;
}

export interface DescribedRoute extends Route {
  operation: Operation;
}
