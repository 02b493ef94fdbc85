import type { Scope } from '../core/domain/company.ts';
import type { PrintError } from '../core/domain/errors.ts';
import type { FunctionName } from '../protocol/service-table.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import type { Invocation } from './use-cases.ts';

/*
 * The parts of a contract: routes that say which requests it answers, how a request becomes a command of a use case, and
 * how the result becomes a response. All are data and pure functions; the HTTP handler runs them.
 */

export type { HttpRequest, HttpResponse };

export interface Route {
  methods: string[];
  /** `/api/get/job/{company}/{job}`: ignores letter case and a trailing slash; `{name+}` matches slashes too */
  path: string;
  function: FunctionName;
  /** the scope that the key needs; `anyone`: no key */
  access: Scope | 'anyone';
  /** the answer to a caller without a key, or with one that is not valid; without it such a call is refused */
  withoutKey?: () => HttpResponse;
  handle: (request: HttpRequest) => Invocation | HttpResponse;
}

/** What a key may still send. */
export interface RateUse {
  policy: string;
  /** requests at once */
  quota: number;
  /** in which the whole quota comes back */
  windowSeconds: number;
  remaining: number;
  /** until the quota is full again */
  fullSeconds: number;
}

export interface Contract {
  /** Whether this contract refuses a path that has no route. */
  owns: (path: string) => boolean;
  routes: Route[];
  /** The key of a request, where the dialect has it. */
  credential: (request: HttpRequest) => string | undefined;
  /** the key may be in the body only */
  takesKeyInBody?: boolean;
  /** The response for an error, in the dialect's form. */
  refuse: (error: PrintError) => HttpResponse;
  /** Header fields that say how much of its rate a key has left, in dialects that have such fields. */
  rateHeaders?: (use: RateUse) => Record<string, string>;
  /** The response when no route has the path, or none has the method; `allow` lists the methods of the path. */
  unknownRoute: (allow: string[]) => HttpResponse;
}
