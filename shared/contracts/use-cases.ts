import type { Principal } from '../core/domain/company.ts';
import { PrintError } from '../core/domain/errors.ts';
import type * as useCases from '../core/usecases/index.ts';
import type { HttpResponse } from './http-message.ts';

/*
 * Connects routes and use cases. A contract imports only the types of use cases: `call.getJob(command, answer)` names
 * one, and the function that serves the route provides the implementation. The compiler checks the command and the
 * answer against the use case, and the ports that a function opens against the ports that its use cases need.
 */

export type UseCases = typeof useCases;
export type UseCaseName = keyof UseCases;

type Ports = { [Name in UseCaseName]: Parameters<UseCases[Name]>[0] };
/** The arguments of a use case after its ports: a principal and a command, or one of the two. */
type Given = { [Name in UseCaseName]: Parameters<UseCases[Name]> extends [unknown, ...infer Rest] ? Rest : never };
type Command = {
  [Name in UseCaseName]: Given[Name] extends [Principal, infer C]
    ? C
    : Given[Name] extends [Principal]
      ? undefined
      : Given[Name][0];
};
type Result = { [Name in UseCaseName]: Awaited<ReturnType<UseCases[Name]>> };

/** The implementations that a function provides, by name. */
export type Implementations = {
  [Name in UseCaseName]?: (ports: Ports[Name], ...given: Given[Name]) => Promise<Result[Name]>;
};

/** The union of the ports that these use cases need. */
export type PortsOf<Cases> = Intersection<Cases[keyof Cases] extends infer Case ? FirstOf<Case> : never>;
type FirstOf<Case> = Case extends (ports: infer P, ...given: never[]) => unknown ? (ports: P) => void : never;
type Intersection<Takers> = Takers extends never ? unknown : [Takers] extends [(ports: infer P) => void] ? P : never;

type Answer<Name extends UseCaseName> = (result: Result[Name], principal: Principal) => HttpResponse;
/** The response of one call for an error; undefined means that the contract answers it. */
type Refuse = (error: PrintError) => HttpResponse | undefined;

/** A use case to run, and how its result becomes a response. */
interface InvocationOf<Name extends UseCaseName> {
  useCase: Name;
  /** the arguments after the ports; routes with access `anyone` have no principal */
  given: (principal: Principal | undefined) => Given[Name];
  answer: Answer<Name>;
  refuse?: Refuse;
}

/** An invocation of any use case, with its own command and result types. */
export type Invocation<Names extends UseCaseName = UseCaseName> = { [Name in Names]: InvocationOf<Name> }[Names];

type Calls = {
  [Name in UseCaseName]: (command: Command[Name], answer: Answer<Name>, refuse?: Refuse) => InvocationOf<Name>;
};

/** Every use case by name: `call.getJob(command, answer)`. */
export const call = new Proxy({} as Calls, {
  get:
    <Name extends UseCaseName>(_calls: Calls, useCase: Name) =>
    (command: Command[Name], answer: Answer<Name>, refuse?: Refuse): InvocationOf<Name> => ({
      useCase,
      given: principal => (principal ? [principal, command] : [command]) as Given[Name],
      answer,
      refuse,
    }),
});

/**
 * Runs an invocation with the implementation that the function provides. Only the default route lacks some, for paths that
 * are not exactly those of their own function.
 */
export async function answerOf<Name extends UseCaseName>(
  implementations: Implementations,
  ports: Ports[Name],
  principal: Principal | undefined,
  invocation: Invocation<Name>,
): Promise<HttpResponse> {
  const implementation: Implementations[Name] = implementations[invocation.useCase];
  if (!implementation) {
    throw new PrintError('not-found', 'Write the path of this call exactly as it is documented: letter case counts.', {
      detail: invocation.useCase,
    });
  }
  const result = await implementation(ports, ...invocation.given(principal));
  return invocation.answer(result, principal as Principal);
}
