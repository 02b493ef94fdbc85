import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Answer } from 'dns-packet';
import { expect, onTestFinished, test } from 'vitest';
import { startMdnsResponder } from '../../../../doubles/mdns-responder.ts';
import { discoverPrinters } from '../../../../relay/discovery/dns-sd.ts';
import { makeLookup } from '../../../../relay/discovery/local-names.ts';

const milliseconds = 400;

async function networkWith(records: Answer[], additional: Answer[] = []) {
  const responder = await startMdnsResponder(records, additional);
  onTestFinished(() => responder.stop());
  return [responder.way];
}

/** The records by which a printer announces one protocol. */
function announced(type: string, name: string, host: string, port: number, text: string[] = []): Answer[] {
  const instance = `${name}.${type}.local`;
  return [
    { type: 'PTR', name: `${type}.local`, data: instance },
    { type: 'SRV', name: instance, data: { target: host, port } },
    { type: 'TXT', name: instance, data: text.map(row => Buffer.from(row)) },
  ];
}

const laser = ['rp=ipp/print', 'ty=Example Laser 400', 'note=2nd floor', 'UUID=4509a320-00a0-008f-00b6-002507510eca'];

test('a printer with several protocols is found once, by the best', async () => {
  const ways = await networkWith([
    ...announced('_ipp._tcp', 'Example Laser 400', 'laser.local', 631, laser),
    ...announced('_ipps._tcp', 'Example Laser 400', 'laser.local', 443, laser),
    ...announced('_pdl-datastream._tcp', 'Example Laser 400', 'laser.local', 9100),
  ]);

  expect(await discoverPrinters(milliseconds, ways)).toEqual([
    {
      name: 'Example-Laser-400',
      uri: 'ipps://laser.local:443/ipp/print',
      info: 'Example Laser 400',
      model: 'Example Laser 400',
      location: '2nd floor',
      uuid: '4509a320-00a0-008f-00b6-002507510eca',
    },
  ]);
});

test('label printers are found by their raw port', async () => {
  const ways = await networkWith(announced('_pdl-datastream._tcp', 'Zebra ZD420: Versand', 'zd420.local', 9100));

  expect(await discoverPrinters(milliseconds, ways)).toMatchObject([
    { name: 'Zebra-ZD420-Versand', uri: 'socket://zd420.local', info: 'Zebra ZD420: Versand' },
  ]);
});

test('where a printer is may come along with its announcement, without being asked for', async () => {
  const [pointer, ...others] = announced('_ipp._tcp', 'Desk', 'desk.local', 8631, ['rp=printers/desk']) as [Answer];
  const ways = await networkWith([pointer], others);

  expect(await discoverPrinters(milliseconds, ways)).toMatchObject([{ uri: 'ipp://desk.local:8631/printers/desk' }]);
});

test('printers of the same name get different ones', async () => {
  const ways = await networkWith([
    ...announced('_ipp._tcp', 'Desk 1', 'a.local', 631),
    ...announced('_ipp._tcp', 'Desk-1', 'b.local', 631),
  ]);

  const found = await discoverPrinters(milliseconds, ways);

  expect(found.map(({ name }) => name)).toEqual(['Desk-1', 'Desk-1-2']);
});

test('a protocol that is announced with port 0 is not offered', async () => {
  const ways = await networkWith(announced('_ipp._tcp', 'Old', 'old.local', 0));

  expect(await discoverPrinters(milliseconds, ways)).toEqual([]);
});

test('what is no answer is ignored', async () => {
  const socket = createSocket('udp4');
  socket.on('message', (_, { port, address }) => socket.send('rubbish', port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const way = { from: '127.0.0.1', to: '127.0.0.1', port: socket.address().port };

  expect(await discoverPrinters(milliseconds, [way])).toEqual([]);
});

test('names that end in .local are asked for on the network', async () => {
  const lookup = makeLookup(await networkWith([{ type: 'A', name: 'laser.local', data: '192.0.2.7' }]));

  const one = await new Promise(resolve => lookup('Laser.local', {}, (...answer) => resolve(answer)));
  const all = await new Promise(resolve => lookup('laser.local', { all: true }, (...answer) => resolve(answer)));

  expect(one).toEqual([null, '192.0.2.7', 4]);
  expect(all).toEqual([null, [{ address: '192.0.2.7', family: 4 }]]);
});

test("other names are the name server's", async () => {
  const lookup = makeLookup([]);

  const answer = await new Promise(resolve => lookup('127.0.0.1', { family: 4 }, (...given) => resolve(given)));

  expect(answer).toEqual([null, '127.0.0.1', 4]);
});
