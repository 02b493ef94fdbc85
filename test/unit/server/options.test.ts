import { expect, test } from 'vitest';
import { parseOptions, type ServerOptions } from '../../../server/options.ts';

const printersOf = (...named: string[]) =>
  (parseOptions(named.flatMap(name => ['--printer', name])) as ServerOptions).printers;

test('printers are named, and their addresses may hold anything', () => {
  const printers = printersOf('laser=ipp://host/p?a=b', 'label=socket://10.0.0.9', 'out=/tmp/out');

  expect(Object.fromEntries(printers)).toEqual({
    laser: 'ipp://host/p?a=b',
    label: 'socket://10.0.0.9',
    out: '/tmp/out',
  });
});

test.each(['laser', '=ipp://host', 'a:b=ipp://host', 'laser=', 'out=folder:/tmp/out', 'laser=lpd://host'])(
  'the printer %j is refused',
  named => {
    expect(() => printersOf(named)).toThrow();
  },
);

test.each([
  ['https://print.example', 'https://print.example'],
  ['https://Print.example/', 'https://print.example'],
  ['http://10.0.0.9:8443', 'http://10.0.0.9:8443'],
  ['http://[::1]:8443', 'http://[::1]:8443'],
])('the server is reached at %s', (text, publicUrl) => {
  expect(parseOptions(['--public-url', text])).toMatchObject({ publicUrl });
});

test.each(['print.example', 'ftp://print.example', 'https://print.example/platen', 'https://u:p@print.example', ''])(
  'the public address %j is refused',
  text => {
    expect(() => parseOptions(['--public-url', text])).toThrow('--public-url');
  },
);

test('a mistyped option is refused with the one that was meant', () => {
  expect(() => parseOptions(['--prot', '80'])).toThrow(/unknown option '--prot'[\s\S]*Did you mean --port\?/);
});

test.each(['--help', '-V'])('%s asks for a text and not for a server', option => {
  expect(parseOptions([option])).toEqual({ help: expect.any(String) });
});

test.each([
  [[], undefined],
  [['--mqtt-port', '8884'], 8884],
])('relays connect to the port of %j', (args, mqttPort) => {
  expect((parseOptions(args) as ServerOptions).mqttPort).toBe(mqttPort);
});

test.each([
  ['--mqtt-port', '70000'],
  ['--port', 'http'],
  ['--log-level', 'loud'],
  ['--credits', '-1'],
  ['--key-rate', '0'],
])('%s %s is a usage error', (option, value) => {
  expect(() => parseOptions([option, value])).toThrow(option);
});

test('a document stays for as many hours as are named', () => {
  expect(parseOptions(['--keep-documents', '2'])).toMatchObject({ keepDocuments: 7_200_000 });
  expect(() => parseOptions(['--keep-documents', 'long'])).toThrow('number of hours');
});

test.each(['ipp:///no-host', 'socket://host/queue', 'socket://host?colour=1'])(
  'the address %s is refused where it is typed, and named',
  uri => {
    expect(() => printersOf(`laser=${uri}`)).toThrow(uri);
  },
);
