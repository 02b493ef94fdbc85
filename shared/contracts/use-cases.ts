import type { Principal } from '../core/domain/company.ts';
import { PrintError } from '../core/domain/errors.ts';
import type * as useCases from '../core/usecases/index.ts';
import type { HttpResponse } from './http-message.ts';

/*
 * The joint between routes and use cases. A contract knows use cases by their types only: `call.getJob(command, answer)`
 * names one, and the function that serves the route brings the implementation. The compiler compares the command and
 * the answer with the use case, and the ports that a function opens with the ports that its use cases take.
 */

export type UseCases = typeof useCases;
export type UseCaseName = keyof UseCases;

type Ports = { [Name in UseCaseName]: Parameters<UseCases[Name]>[0] };
/** What a use case takes besides its ports: a principal and a command, or one of the two. */
type Given = { [Name in UseCaseName]: Parameters<UseCases[Name]> extends [unknown, ...infer Rest] ? Rest : never };
type Command = {
  [Name in UseCaseName]: Given[Name] extends [Principal, infer C]
    ? C
    : Given[Name] extends [Principal]
      ? undefined
      : Given[Name][0];
};
type Result = { [Name in UseCaseName]: Awaited<ReturnType<UseCases[Name]>> };

/** Implementations by name, as a function brings them. */
export type Implementations = {
  [Name in UseCaseName]?: (ports: Ports[Name], ...given: Given[Name]) => Promise<Result[Name]>;
};

/** The ports that all of these use cases take together. */
export type PortsOf<Cases> = Intersection<Cases[keyof Cases] extends infer Case ? FirstOf<Case> : never>;
type FirstOf<Case> = Case extends (ports: infer P, ...given: never[]) => unknown ? (ports: P) => void : never;
type Intersection<Takers> = Takers extends never ? unknown : [Takers] extends [(ports: infer P) => void] ? P : never;

type Answer<Name extends UseCaseName> = (result: Result[Name], principal: Principal) => HttpResponse;
/** Refuses in a way of this call's own; undefined leaves the refusal to the contract. */
type Refuse = (error: PrintError) => HttpResponse | undefined;

/** A use case to run, and how to answer with its result. */
interface InvocationOf<Name extends UseCaseName> {
  useCase: Name;
  /** what the use case takes besides its ports; routes that anyone may call have no principal */
  given: (principal: Principal | undefined) => Given[Name];
  answer: Answer<Name>;
  refuse?: Refuse;
}

/** An invocation of some use case, with its own command and result. */
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

/** Runs an invocation by the implementation that the function brings. */
export async function answerOf<Name extends UseCaseName>(
  implementations: Implementations,
  ports: Ports[Name],
  principal: Principal | undefined,
  invocation: Invocation<Name>,
): Promise<HttpResponse> {
  const implementation: Implementations[Name] = implementations[invocation.useCase];
  if (!implementation) {
    throw new PrintError('internal', 'This call reached the wrong function.', { detail: invocation.useCase });
  }
  const result = await implementation(ports, ...invocation.given(principal));
  return invocation.answer(result, principal as Principal);
}
