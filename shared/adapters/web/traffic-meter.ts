import type { Socket } from 'node:net';
import { RenderError } from './render-error.ts';

export interface FetchFailure {
  url: string;
  error: RenderError;
}

/** The traffic of one job through the egress proxy: counted, limited, and disconnected when the job ends. */
export interface TrafficMeter {
  credentials: { username: string; password: string };
  failures: FetchFailure[];
  /** Sets the job's limit in octets. When it is exceeded, all sockets are closed and `onExceeded` is called once. */
  limit(maxOctets: number, onExceeded: () => void): void;
  /** Counts the octets that a socket receives, and closes it when the job ends. */
  follow(socket: Socket): void;
  /** Checks an announced length: a page of 500 MB is refused before it is fetched. */
  announce(octetsToCome: number): void;
  recordFailure(url: string, error: unknown): void;
  close(): void;
}

// A page can request a private address in a loop; the list is for an error message, not a log.
const maxFailuresKept = 50;

export function openTrafficMeter(credentials: TrafficMeter['credentials'], onClose: () => void): TrafficMeter {
  const sockets = new Set<Socket>();
  const failures: FetchFailure[] = [];
  let octets = 0;
  let maxOctets = Number.POSITIVE_INFINITY;
  let onExceeded = () => {};
  let closed = false;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };

  const exceed = () => {
    cut();
    onExceeded();
    onExceeded = () => {};
  };

  return {
    credentials,
    failures,
    limit(max, exceeded) {
      maxOctets = max;
      onExceeded = exceeded;
    },
    follow(socket) {
      if (closed || octets > maxOctets) return void socket.destroy();
      sockets.add(socket);
      socket.on('data', chunk => {
        octets += chunk.length;
        if (octets > maxOctets) exceed();
      });
      socket.on('close', () => sockets.delete(socket));
    },
    announce(octetsToCome) {
      if (octets + octetsToCome > maxOctets) exceed();
    },
    recordFailure(url, error) {
      const known = failures.some(failure => failure.url === url);
      if (known || failures.length >= maxFailuresKept) return;
      const fallback = () => new RenderError('not-reachable', `${url} cannot be fetched.`, { cause: error });
      failures.push({ url, error: error instanceof RenderError ? error : fallback() });
    },
    close() {
      closed = true;
      cut();
      onClose();
    },
  };
}
