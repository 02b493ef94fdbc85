import type { Principal, Scope } from '../core/domain/company.ts';
import type { PrintError } from '../core/domain/errors.ts';
import type * as useCases from '../core/usecases/index.ts';
import type { FunctionName } from '../protocol/service-table.ts';

/*
 * What a contract is made of: rows that say which requests it answers, how each becomes a command to a use case, and
 * how the result becomes an answer. All of it is data and pure functions; `http` carries it out.
 */

export type UseCases = typeof useCases;
export type UseCaseName = keyof UseCases;
type Command<Name extends UseCaseName> =
  Parameters<UseCases[Name]> extends [infer _Ports, Principal, infer C]
    ? C
    : Parameters<UseCases[Name]> extends [infer _Ports, Principal]
      ? undefined
      : Parameters<UseCases[Name]>[1];
type Result<Name extends UseCaseName> = Awaited<ReturnType<UseCases[Name]>>;

/** A request as the gateway delivers it: path decoded, header names in lower case. */
export interface HttpRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** what the row's pattern took out of the path */
  parameters: Record<string, string>;
  /** `https://host[:port]`, as the client knows us */
  origin: string;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  /** text, or octets of at most 4 MiB */
  body: string | Uint8Array;
}

/** A use case to carry out, and how to tell its result. */
export interface Invocation<Name extends UseCaseName = UseCaseName> {
  useCase: Name;
  command: Command<Name>;
  answer: (result: Result<Name>, principal: Principal) => HttpResponse;
  /** Tells a refusal in a way of this call's own; undefined leaves it to the contract. */
  refuse?: (error: PrintError) => HttpResponse | undefined;
}

/** Ties a command and an answer to their use case, so that the compiler compares the three. */
export function invoke<Name extends UseCaseName>(
  useCase: Name,
  command: Command<Name>,
  answer: Invocation<Name>['answer'],
  refuse?: Invocation<Name>['refuse'],
): Invocation {
  return { useCase, command, answer, refuse } as unknown as Invocation;
}

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
  /** Any refusal in the dialect's own form. */
  refuse: (error: PrintError) => HttpResponse;
  /** No row for the path, or not for the method; `allow` lists the methods there are. */
  unknownRoute: (allow: string[]) => HttpResponse;
}
