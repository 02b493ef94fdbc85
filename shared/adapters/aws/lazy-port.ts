/**
 * A port whose adapter is imported and opened on its first call, so functions start without the clients they do not
 * need. All port methods are async, so callers see no difference. Methods in `ready` work without the adapter.
 */
export function lazyPort<Port extends object, Ready extends keyof Port = never>(
  open: () => Promise<Omit<Port, Ready>>,
  ready = {} as Pick<Port, Ready>,
): Port {
  let opened: Promise<Omit<Port, Ready>> | undefined;
  return new Proxy(ready as Port, {
    get(known, name) {
      if (Object.hasOwn(known, name)) return known[name as keyof Port];
      // without this, `await` would treat the port as a thenable
      if (name === 'then') return undefined;
      return async (...given: unknown[]) => {
        opened ??= open();
        const port = (await opened) as Record<string | symbol, (...given: unknown[]) => unknown>;
        return await port[name]?.(...given);
      };
    },
  });
}
