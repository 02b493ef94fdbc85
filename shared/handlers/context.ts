import type { Context } from 'aws-lambda';
import { withContext } from '../telemetry/context.ts';
import { flushMetrics } from '../telemetry/metrics.ts';

type Handler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/** Runs a handler so that its log lines carry the function and these fields, and its metrics leave with its answer. */
export function inContext<Event, Result>(
  fieldsOf: (event: Event) => Record<string, unknown>,
  handler: Handler<Event, Result>,
): Handler<Event, Result> {
  return (event, context) =>
    withContext({ function: context.functionName, ...fieldsOf(event) }, async () => {
      try {
        return await handler(event, context);
      } finally {
        flushMetrics();
      }
    });
}
