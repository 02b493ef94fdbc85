import { expect, test } from 'vitest';
import { parseOptions } from '../../../relay/options.ts';

test('printers are named, and their addresses may hold anything', () => {
  const options = parseOptions([
    '--data',
    '/tmp/x',
    '--printer',
    'office=ipp://host/p?a=b',
    '--printer',
    'out=/tmp/out',
    '--login',
    'office=bob:s3:cret',
  ]);

  expect(options).toEqual({
    data: '/tmp/x',
    enrol: undefined,
    printers: { office: 'ipp://host/p?a=b', out: '/tmp/out' },
    logins: { office: { user: 'bob', password: 's3:cret' } },
  });
});

test('an enrolment is an address and a code', () => {
  const options = parseOptions(['--enrol', 'http://localhost:8080', '--code', 'abc']);

  expect(options).toMatchObject({ data: './relay-data', enrol: { url: 'http://localhost:8080', code: 'abc' } });
});

test.each([
  [['--printer', 'ipp://host/p']],
  [['--printer', '=ipp://host/p']],
  [['--printer', 'a:b=ipp://host/p']],
  [['--printer', 'out=folder:/tmp/out']],
  [['--printer', 'laser=ipp:///no-host']],
  [['--enrol', 'http://localhost']],
  [['--code', 'abc']],
  [['--enrol', 'nowhere', '--code', 'abc']],
  [['--enrol', 'http://print.example', '--code', 'abc']],
  [['--enrol', 'http://localhost.example', '--code', 'abc']],
  [['--login', 'office=bob']],
  [['--unknown']],
  [['stray']],
])('%j is refused', args => {
  expect(() => parseOptions(args)).toThrow();
});

test.each(['https://print.example', 'http://127.0.0.1:8080', 'http://[::1]:8080'])('enrols at %s', url => {
  expect(parseOptions(['--enrol', url, '--code', 'abc'])).toMatchObject({ enrol: { url } });
});
