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
  /** another response on success; without a schema it has no body */
  alternative?: { status: number; schema?: z.ZodType };
}

export interface DescribedRoute extends Route {
  operation: Operation;
}
