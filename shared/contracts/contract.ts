import type { Scope } from '../core/domain/company.ts';
import type { PrintError } from '../core/domain/errors.ts';
import type { FunctionName } from '../protocol/service-table.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import type { Invocation } from './use-cases.ts';

/*
 * What a contract is made of: rows that say which requests it answers, how each becomes a command to a use case, and
 * how the result becomes an answer. All of it is data and pure functions; `http` carries it out.
 */

export type { HttpRequest, HttpResponse };

export interface Route {
  methods: string[];
  /** `/api/get/job/{company}/{job}`: letter case and a trailing slash do not count; `{name+}` takes slashes too */
  path: string;
  function: FunctionName;
  /** the scope that a key needs, or `anyone` for no key at all */
  access: Scope | 'anyone';
  handle: (request: HttpRequest) => Invocation | HttpResponse;
}

export interface Contract {
  /** Whether a path that no row answers is this contract's to refuse. */
  owns: (path: string) => boolean;
  routes: Route[];
  /** The key that a request shows, as its dialect carries it. */
  credential: (request: HttpRequest) => string | undefined;
  /** the key may stand in the body alone */
  takesKeyInBody?: boolean;
  /** Any refusal in the dialect's own form. */
  refuse: (error: PrintError) => HttpResponse;
  /** No row for the path, or not for the method; `allow` lists the methods there are. */
  unknownRoute: (allow: string[]) => HttpResponse;
}
