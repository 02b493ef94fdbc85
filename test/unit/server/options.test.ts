import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseOptions, type ServerOptions } from '../../../server/options.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';
import { version } from '../../../shared/protocol/version.ts';

test('without options it is a server for this machine alone', () => {
  expect(parseOptions([])).toEqual({
    ...{ host: '127.0.0.1', port: 8080, mqttPort: undefined, publicUrl: undefined, data: resolve('data') },
    ...{ printers: new Map(), allowFetch: [], login: [], keepDocuments: undefined, credits: undefined },
    ...{ keyRate: undefined, restored: false, logLevel: 'info' },
    logFormat: process.stderr.isTTY ? 'text' : 'json',
  });
});

test('each option is read', () => {
  const line =
    '--host :: --port 0 --mqtt-port 65535 --data /srv/../srv/platen --login a=u:p --login b=u:p --keep-documents 0 ' +
    '--credits 0 --key-rate 999999 --restored --log-level debug --log-format text';

  expect(parseOptions(line.split(' '))).toMatchObject({
    ...{ host: '::', port: 0, mqttPort: 65_535, data: resolve('/srv/platen'), login: ['a=u:p', 'b=u:p'] },
    ...{ keepDocuments: 0, credits: 0, keyRate: 999_999, restored: true, logLevel: 'debug', logFormat: 'text' },
  });
});

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
  ['https://print.example:443/', 'https://print.example'],
  ['http://print.example:80', 'http://print.example'],
  ['http://[::1]:8443', 'http://[::1]:8443'],
])('the server is reached at %s', (text, publicUrl) => {
  expect(parseOptions(['--public-url', text])).toMatchObject({ publicUrl });
});

test.each([
  'print.example',
  'http://print.example:443x',
  'https://print.example?a',
  'ftp://print.example',
  'https://print.example/platen',
  'https://u:p@print.example',
  '',
])('the public address %j is refused', text => {
  expect(() => parseOptions(['--public-url', text])).toThrow('--public-url');
});

test('a mistyped option is refused with the one that was meant', () => {
  expect(() => parseOptions(['--prot', '80'])).toThrow(/unknown option '--prot'[\s\S]*Did you mean --port\?/);
});

test.each([
  ['--help', /^Usage: npm start -- .*--printer <name=uri>.*\S$/s],
  ['-V', new RegExp(`^${version}$`)],
])('%s asks for a text and not for a server', (option, text) => {
  expect(parseOptions([option])).toEqual({ help: expect.stringMatching(text) });
});

test.each([
  [[], undefined],
  [['--mqtt-port', '8884'], 8884],
])('relays connect to the port of %j', (args, mqttPort) => {
  expect((parseOptions(args) as ServerOptions).mqttPort).toBe(mqttPort);
});

test.each([
  ['--mqtt-port', '70000'],
  ['--mqtt-port', '65536'],
  ['--port', '-1'],
  ['--port', '1e3'],
  ['--port', 'x80'],
  ['--port', 'http'],
  ['--log-level', 'loud'],
  ['--credits', '-1'],
  ['--credits', '1.5'],
  ['--credits', 'x5'],
  ['--key-rate', '0'],
  ['--key-rate', '1000000'],
  ['--key-rate', 'x5'],
  ['--keep-documents', '1h'],
  ['--keep-documents', 'x5'],
  ['--log-format', 'xml'],
])('%s %s is a usage error, and the text is for a person', (option, value) => {
  const parsing = () => parseOptions([`${option}=${value}`]);

  expect(parsing).toThrow(UsageError);
  expect(parsing).toThrow(new RegExp(`^option '${option} .*argument '${value}' is invalid\\. .*[.]$`));
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
