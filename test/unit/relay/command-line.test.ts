import { expect, onTestFinished, test, vi } from 'vitest';
import { type Commands, carryOutLine } from '../../../relay/command-line.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';
import { version } from '../../../shared/protocol/version.ts';

/** What a command line asks for: the command and its options. */
async function read(args: string[]) {
  const asked: { command: string; options: object }[] = [];
  const commands = new Proxy({} as Commands, {
    get: (_, command: string) => async (options: object) => void asked.push({ command, options }),
  });
  await carryOutLine(commands, args);
  return asked[0];
}

test('without a command the relay runs: printers are named, and their addresses may hold anything', async () => {
  const args = ['--data', '/tmp/x', '--printer', 'office=ipp://host/p?a=b', '--printer', 'out=/tmp/out'];

  expect(await read([...args, '--login', 'office=bob:s3:cret'])).toEqual({
    command: 'run',
    options: {
      data: '/tmp/x',
      printers: { office: 'ipp://host/p?a=b', out: '/tmp/out' },
      logins: { office: { user: 'bob', password: 's3:cret' } },
      statusPort: 8631,
      discover: false,
    },
  });
});

test('the form of release 0.1.0 enrols and runs', async () => {
  const asked = await read(['--enrol', 'http://localhost:8080', '--code', 'abc']);

  expect(asked).toMatchObject({
    command: 'run',
    options: { data: './relay-data', enrol: { url: 'http://localhost:8080', code: 'abc' } },
  });
});

test.each([
  [['run', '--mqtt-port', '443'], 'run', { mqttPort: 443 }],
  [['enrol', 'https://print.example', 'abc'], 'enrol', { url: 'https://print.example', code: 'abc' }],
  [['enrol', 'http://print.example', 'abc', '--allow-http'], 'enrol', { url: 'http://print.example' }],
  [['status', '--json'], 'status', { port: 8631, json: true }],
  [['journal', '--data', 'd'], 'journal', { data: 'd' }],
  [['diagnose'], 'diagnose', { data: './relay-data' }],
  [['printers', 'add', 'desk', 'ipp://host'], 'addPrinter', { name: 'desk', uri: 'ipp://host' }],
  [['printers', 'add', 'desk', 'ipp://host', '--login', 'a:b'], 'addPrinter', { login: { user: 'a', password: 'b' } }],
  [
    ['--login', 'o=a:b', '--login', 'p=a=b:'],
    'run',
    { logins: { o: { user: 'a', password: 'b' }, p: { user: 'a=b', password: '' } } },
  ],
  [['--come-up-within', '60', '--mqtt-port', '0'], 'run', { comeUpWithin: 60, mqttPort: 0 }],
  [['--mqtt-port', '65535'], 'run', { mqttPort: 65_535 }],
  [['printers', 'scan', '--seconds', '99999', '--json'], 'scanPrinters', { add: false, seconds: 99_999, json: true }],
  [['printers', 'scan', '--add'], 'scanPrinters', { add: true, seconds: 4 }],
  [['printers', 'trust', 'desk'], 'trustPrinter', { name: 'desk' }],
  [['printers', 'remove', 'desk'], 'removePrinter', { name: 'desk' }],
  [['printers', 'test', 'desk', '--file', 'x.zpl'], 'testPrinter', { name: 'desk', file: 'x.zpl' }],
])('%j', async (args, command, options) => {
  expect(await read(args)).toMatchObject({ command, options });
});

test.each([
  [['--printer', 'ipp://host/p'], 'name of a printer'],
  [['--printer', '=ipp://host/p'], 'name of a printer'],
  [['--printer', 'a:b=ipp://host/p'], 'name of a printer'],
  [['--printer', 'out=folder:/tmp/out'], 'Unknown scheme folder'],
  [['--printer', 'laser=ipp:///no-host'], 'names no host'],
  [['--enrol', 'http://localhost'], 'used together'],
  [['--code', 'abc'], 'used together'],
  [['--enrol', 'nowhere', '--code', 'abc'], 'must be a URL'],
  [['--enrol', 'http://print.example', '--code', 'abc'], 'in the clear'],
  [['--enrol', 'http://localhost.example', '--code', 'abc'], 'in the clear'],
  [['enrol', 'http://print.example', 'abc'], 'in the clear'],
  [['--login', 'office=bob'], 'NAME=USER:PASSWORD'],
  [['--mqtt-port', '70000'], '0 to 65535'],
  [['--mqtt-port', '0x10'], '0 to 65535'],
  [['--mqtt-port=-1'], '0 to 65535'],
  [['--mqtt-port', '1e3'], '0 to 65535'],
  [['--mqtt-port', '65536'], '0 to 65535'],
  [['--come-up-within', '0'], 'number of seconds'],
  [['--come-up-within', 'soon'], 'number of seconds'],
  [['printers', 'scan', '--seconds=-1'], 'number of seconds'],
  [['printers', 'scan', '--seconds', '100000'], 'number of seconds'],
  [['--login', '=bob:x'], 'NAME=USER:PASSWORD'],
  [['--login', 'office=:x'], 'NAME=USER:PASSWORD'],
  [['--login', '=office=bob:x'], 'NAME=USER:PASSWORD'],
  [['printers', 'add', 'desk', 'ipp://host', '--login', ':x'], 'NAME=USER:PASSWORD'],
  [['--printer', 'office'], 'name of a printer'],
  [['--server', 'ftp://print.example'], 'must be a URL'],
  [['--unknown'], 'unknown option'],
  [['stauts'], 'too many arguments'],
  [['printers', 'add', 'desk', 'ftp://host'], 'Unknown scheme ftp'],
])('%j is refused', async (args, message) => {
  const error = await read(args).catch(error => error);

  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toContain(message);
});

test.each([
  [['--help'], 'Usage: platen-relay'],
  [['printers'], 'Usage: platen-relay printers'],
  [['--version'], version],
])('%j prints what it asks for, and is no error', async (args, text) => {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => written.push(`${chunk}`) > 0);
  onTestFinished(() => write.mockRestore());

  expect(await read(args)).toBeUndefined();
  expect(written.join('')).toContain(text);
});

test('a command that fails is no mistake on the command line', async () => {
  const failed = new Error('The server is away.');
  const commands = { status: async () => Promise.reject(failed) } as unknown as Commands;

  await expect(carryOutLine(commands, ['status'])).rejects.toBe(failed);
});

test.each(['https://print.example', 'http://127.0.0.1:8080', 'http://[::1]:8080'])('enrols at %s', async url => {
  expect(await read(['--enrol', url, '--code', 'abc'])).toMatchObject({ options: { enrol: { url } } });
});

test.each([
  [['--help'], /^Usage: platen-relay .*printers.*[^\n]\n$/s],
  [['printers'], /^Usage: platen-relay printers .*scan/s],
  [['printers', 'add', '--help'], /^Usage: platen-relay printers add .*file:\/\/\/FOLDER/s],
  [['--version'], new RegExp(`^${version}\n$`)],
])('%j prints a text and does nothing else', async (args, text) => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const asked = await read(args);
  const written = write.mock.calls.map(([line]) => line).join('');
  write.mockRestore();

  expect(written).toMatch(text);
  expect(asked).toBeUndefined();
});

test('a mistyped option is a usage error that says what was meant', async () => {
  const reading = read(['run', '--discovr']);

  await expect(reading).rejects.toThrow(UsageError);
  await expect(reading).rejects.toThrow(/^unknown option '--discovr'\n\(Did you mean --discover\?\)$/);
});

test('the data folder of an installed relay comes from the environment', async () => {
  vi.stubEnv('PLATEN_RELAY_DATA', '/var/lib/platen-relay');

  expect(await read(['run'])).toMatchObject({ options: { data: '/var/lib/platen-relay' } });
  vi.unstubAllEnvs();
});
