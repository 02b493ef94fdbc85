import type { Pluggable } from '@smithy/types';

/*
 * Injects faults of AWS services below the client's retries. The most important one is `lost`: the request takes
 * effect, and its response is lost.
 */

export type Fault = 'lost' | 'unavailable' | 'throttled';

/** The position of a middleware; the types of the clients do not differ in what matters here. */
interface Client {
  middlewareStack: { use(plugin: Pluggable<never, never>): void };
}

/** `choose` is called for each attempt of each command, counted from 1. */
export function injectFaults(
  client: object,
  choose: (command: string, input: object, attempt: number) => Fault | undefined,
) {
  const { middlewareStack } = client as Client;
  middlewareStack.use({
    applyToStack(stack) {
      stack.add(
        (next, context) => {
          let attempt = 0;
          return async given => {
            attempt++;
            const fault = choose(context.commandName as string, given.input, attempt);
            if (fault === 'unavailable') throw failure('InternalServerError', 500);
            if (fault === 'throttled') throw failure('ThrottlingException', 400);
            const answer = await next(given);
            if (fault === 'lost') throw Object.assign(new Error('Connection timed out'), { name: 'TimeoutError' });
            return answer;
          };
        },
        { step: 'deserialize', priority: 'high', name: 'faults' },
      );
    },
  });
}

function failure(name: string, httpStatusCode: number): Error {
  const $fault = httpStatusCode >= 500 ? 'server' : 'client';
  return Object.assign(new Error(name), { name, $fault, $metadata: { httpStatusCode } });
}
