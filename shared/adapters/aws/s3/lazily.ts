/**
 * A port whose adapter is loaded and opened by its first call. Functions start without the clients that they do not
 * need, and pay for the others once. Every method of a port answers a promise, so callers see no difference. `ready` are
 * methods that can do without.
 */
export function lazily<Port extends object, Ready extends keyof Port = never>(
  open: () => Promise<Omit<Port, Ready>>,
  ready = {} as Pick<Port, Ready>,
): Port {
  let opened: Promise<Omit<Port, Ready>> | undefined;
  return new Proxy(ready as Port, {
    get(known, name) {
      if (Object.hasOwn(known, name)) return known[name as keyof Port];
      // or a promise that is resolved with the port would wait for it as for another promise
      if (name === 'then') return undefined;
      return async (...given: unknown[]) => {
        opened ??= open();
        const port = (await opened) as Record<string | symbol, (...given: unknown[]) => unknown>;
        return await port[name]?.(...given);
      };
    },
  });
}
