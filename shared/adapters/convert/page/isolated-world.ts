import { RenderError } from '../../web/render-error.ts';
import type { Cell } from '../browser/cell.ts';

/** A page that takes longer to answer runs scripts without end. */
const answerMs = 30_000;

/**
 * Evaluates an expression in an isolated world of the page, so that redefinitions by its scripts have no effect. The
 * result is still untrusted.
 * @throws RenderError `timeout` for a page that does not answer
 */
export async function evaluateApart(
  { session, frameId }: Pick<Cell, 'session' | 'frameId'>,
  expression: string,
): Promise<unknown> {
  const world = { frameId, worldName: 'platen' };
  const { executionContextId } = await session.send('Page.createIsolatedWorld', world);
  const asked = session.send('Runtime.evaluate', {
    expression,
    contextId: executionContextId,
    awaitPromise: true,
    returnByValue: true,
  });
  const { result, exceptionDetails } = await inTime(asked);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function inTime<Result>(asked: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const error = new RenderError('timeout', `The page's scripts kept it busy for more than ${answerMs / 1000} s.`);
  const timer = setTimeout(() => late.reject(error), answerMs);
  // errors after the race are ignored
  asked.catch(() => undefined);
  return await Promise.race([asked, late.promise]).finally(() => clearTimeout(timer));
}
