import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import dnsPacket, { type Answer } from 'dns-packet';

export interface MdnsResponder {
  /** how to ask it */
  way: { from: string; to: string; port: number };
  stop(): void;
}

/** Answers one-shot queries with the records that they ask for, and with `additional` ones for services. */
export async function startMdnsResponder(records: Answer[], additional: Answer[] = []): Promise<MdnsResponder> {
  const socket = createSocket('udp4');
  socket.on('message', (packet, { address, port }) => {
    const { questions = [] } = dnsPacket.decode(packet);
    const answers = records.filter(({ type, name }) =>
      questions.some(question => question.type === type && question.name.toLowerCase() === name.toLowerCase()),
    );
    if (answers.length === 0) return;
    const additionals = answers.some(({ type }) => type === 'PTR') ? additional : [];
    socket.send(
      dnsPacket.encode({ type: 'response', id: 0, flags: 0x8400, questions, answers, additionals }),
      port,
      address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { way: { from: '127.0.0.1', to: '127.0.0.1', port: socket.address().port }, stop: () => socket.close() };
}
