import type { Pluggable } from '@smithy/types';

/*
 * Faults of AWS services as clients see them, put in below the client's own retries. `lost` is the one that matters
 * most: the request took effect and its answer never came.
 */

export type Fault = 'lost' | 'unavailable' | 'throttled';

/** One of the places where a middleware may stand; the types of the clients differ in nothing that counts here. */
interface Client {
  middlewareStack: { use(plugin: Pluggable<never, never>): void };
}

/** `choose` is asked for each try of each command, the first try being 1. */
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
