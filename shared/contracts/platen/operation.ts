import type * as z from 'zod';
import type { Route } from '../contract.ts';

/** What the OpenAPI document says of a route beyond path, method and access. */
export interface Operation {
  /** for names of generated functions */
  id: string;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** the body may be left out */
  isBodyOptional?: boolean;
  /** the body may be the document itself */
  takesOctets?: boolean;
  /** takes `Idempotency-Key` */
  isIdempotent?: boolean;
  /** the answer when it goes well; without a schema it is text of this media type */
  answer: { status: number; schema?: z.ZodType; type?: string };
}

export interface DescribedRoute extends Route {
  operation: Operation;
}
