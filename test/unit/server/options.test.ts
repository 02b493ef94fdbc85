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

test.each(['laser', '=ipp://host', 'a:b=ipp://host', 'laser=', 'out=folder:/tmp/out', 'laser=lpd://host/queue'])(
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
