import type { Ports } from '../../core/ports/index.ts';

let current: Ports | undefined;

/** The adapters for functions on one machine, as opened by the server. */
export function app(): Ports {
  if (!current) throw new Error('No adapters are open: call useApp first.');
  return current;
}

/** Called once by the server, or by a test, before any function runs. */
export function useApp(ports: Ports): void {
  current = ports;
}
