import type { Ports } from '../../core/ports/index.ts';

let current: Ports | undefined;

/** The adapters that functions work with on one machine: those that the server opened. */
export function app(): Ports {
  if (!current) throw new Error('No adapters are open.');
  return current;
}

/** Called once by the server, or by a test, before any function is. */
export function useApp(ports: Ports): void {
  current = ports;
}
