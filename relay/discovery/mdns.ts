import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import dnsPacket, { type Answer, type Question } from 'dns-packet';

/*
 * One-shot queries of multicast DNS [RFC 6762 5.1]: asked from a port of our own, so that responders answer to it alone
 * and the machine's own responder keeps port 5353. IPv4 only, as printers' names are asked for everywhere.
 */

/** Where to ask from and whom. */
export interface Way {
  /** address of an interface of this machine */
  from: string;
  to: string;
  port: number;
}

const group = { to: '224.0.0.251', port: 5353 };
/** A datagram may get lost; after the second time it is the network. */
const repeatMilliseconds = 1000;

/** Every network of this machine. */
function allNetworks(): Way[] {
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? []);
  return addresses
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => ({ from: address, ...group }));
}

/** Asks, and hands over the records of each answer until the time is over or `isDone` says that it is enough. */
export async function askMdns(
  questions: Question[],
  milliseconds: number,
  isDone: (records: Answer[]) => boolean,
  ways: Way[] = allNetworks(),
): Promise<void> {
  const over = new AbortController();
  const sockets: Socket[] = [];
  const query = dnsPacket.encode({ type: 'query', id: 0, flags: 0, questions });
  const ask = () => {
    for (const [index, { to, port }] of ways.entries()) sockets[index]?.send(query, port, to, () => undefined);
  };
  try {
    for (const { from } of ways) {
      const socket = createSocket('udp4');
      sockets.push(socket);
      // a network that is down brings no answers, which is an answer
      socket.on('error', () => undefined);
      socket.on('message', packet => {
        if (isDone(recordsOf(packet))) over.abort();
      });
      await new Promise<void>(resolve => socket.bind(0, from, resolve));
    }
    ask();
    const again = setTimeout(ask, repeatMilliseconds);
    await sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
    clearTimeout(again);
  } finally {
    for (const socket of sockets) socket.close();
  }
}

/** None of a packet that is no answer. */
function recordsOf(packet: Buffer): Answer[] {
  try {
    const { answers = [], additionals = [] } = dnsPacket.decode(packet);
    return [...answers, ...additionals];
  } catch {
    // anything may be sent to our port
    return [];
  }
}
