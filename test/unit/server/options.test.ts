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
