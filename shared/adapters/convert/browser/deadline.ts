import { RenderError } from '../../web/render-error.ts';

export const canceled = () => new RenderError('canceled', 'The job was canceled.');

/** Rejects with `crashed` when the browser has not answered by then. */
export function within<Value>(deadlineMs: number, value: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new RenderError('crashed', 'The browser does not answer.')), deadlineMs);
  return Promise.race([value, late.promise]).finally(() => clearTimeout(timer));
}

export const settlesWithin = (deadlineMs: number, value: Promise<unknown>): Promise<boolean> =>
  within(deadlineMs, value).then(
    () => true,
    () => false,
  );
