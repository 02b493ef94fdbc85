import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../shared/protocol/usage-error.ts';
import { version } from '../shared/protocol/version.ts';
import type { Login } from './ipp-client/authorization.ts';
import {
  checkedAddress,
  checkIsPrivate,
  parseCredentials,
  parseLogin,
  parseName,
  parsePort,
  parsePrinter,
  parseSeconds,
  parseServerUrl,
} from './options.ts';

export interface EnrolOptions {
  data: string;
  url: string;
  /** absent: read from standard input */
  code?: string;
}

export interface RunOptions {
  data: string;
  /** enrol first, unless there is an identity already */
  enrol?: { url: string; code: string };
  /** address by device id, kept for later starts */
  printers: Record<string, string>;
  logins: Record<string, Login>;
  /** where the server answers, if it has moved since the relay enrolled; kept for later starts */
  server?: string;
  mqttHost?: string;
  mqttPort?: number;
  /** of the status page on this machine; 0 for none */
  statusPort: number;
  /** add printers that announce themselves */
  discover: boolean;
  /** set by the launcher of an installed relay, see `release.ts` */
  comeUpWithin?: number;
  insteadOf?: string;
}

export interface StatusOptions {
  port: number;
  json: boolean;
}

export interface JournalOptions extends StatusOptions {
  data: string;
}

export interface PrinterOptions {
  data: string;
  name: string;
}

/** What the program can do. Each answers when it is done. */
export interface Commands {
  run(options: RunOptions): Promise<void>;
  enrol(options: EnrolOptions): Promise<void>;
  status(options: StatusOptions): Promise<void>;
  journal(options: JournalOptions): Promise<void>;
  diagnose(options: { data: string; mqttPort?: number }): Promise<void>;
  addPrinter(options: PrinterOptions & { uri: string; login?: Login }): Promise<void>;
  removePrinter(options: PrinterOptions): Promise<void>;
  trustPrinter(options: PrinterOptions): Promise<void>;
  scanPrinters(options: { data: string; add: boolean; json: boolean; seconds: number }): Promise<void>;
  testPrinter(options: PrinterOptions & { file?: string; format?: string }): Promise<void>;
}

/** Port of the status page. */
export const usualStatusPort = 8631;

/** Carries out a command line. Throws a UsageError that says what is wrong with it; help is printed. */
export async function carryOutLine(commands: Commands, args: string[]): Promise<void> {
  const printed: string[] = [];
  try {
    await programOf(commands, text => void printed.push(text)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = printed.join('').trim();
    if (error.exitCode === 0 || error.code === 'commander.help') process.stdout.write(`${text}\n`);
    else throw new UsageError(text.replace(/^error: /, ''));
  }
}

function programOf(commands: Commands, keep: (text: string) => void): Command {
  const program = quiet(new Command('platen-relay'), keep)
    .description('Prints on the printers of this site what the cloud has for it. It makes outbound connections only.')
    .version(version);
  const command = (parent: Command, name: string, about: string, isDefault = false) =>
    quiet(parent.command(name, { isDefault }), keep).description(about);

  command(program, 'run', 'print, until stopped', true)
    .addOption(dataOption())
    .option('--printer <name=uri>', 'a printer, kept for the next start; may be repeated', collect(parsePrinter), [])
    .option('--login <name=user:password>', 'for a printer that asks for it; may be repeated', collect(parseLogin), [])
    .option('--enrol <url>', 'enrol first, with --code', parseServerUrl)
    .option('--code <code>', 'one-time code for --enrol')
    .addOption(allowHttp())
    .option('--server <url>', 'where the server answers, if it has moved; kept for the next start', parseServerUrl)
    .option('--mqtt-host <host>', 'of the broker, where this network has another name for it')
    .addOption(mqttPort())
    .option('--status-port <port>', 'of the status page on 127.0.0.1; 0: none', parsePort, usualStatusPort)
    .option(
      '--discover',
      'add printers that announce themselves on this network; they are inactive in the cloud',
      false,
    )
    .addOption(new Option('--come-up-within <seconds>').argParser(parseSeconds).hideHelp())
    .addOption(new Option('--instead-of <version>').hideHelp())
    .addHelpText('after', printerHelp)
    .action(({ printer, login, enrol, code, allowHttp, ...options }) => {
      if ((enrol === undefined) !== (code === undefined))
        throw new UsageError('--enrol and --code must be used together.');
      if (enrol && !allowHttp) asUsage(() => checkIsPrivate(enrol));
      return commands.run({
        ...options,
        ...(enrol ? { enrol: { url: enrol, code } } : {}),
        printers: Object.fromEntries(printer),
        logins: Object.fromEntries(login),
      });
    });

  command(program, 'enrol', 'get an identity with a one-time code; waits while the server is away')
    .argument('<url>', 'the server, as in https://print.example.com', parseServerUrl)
    .argument('[code]', 'the code; without it, it is read from standard input')
    .addOption(dataOption())
    .addOption(allowHttp())
    .action((url, code, { data, allowHttp }) => {
      if (!allowHttp) asUsage(() => checkIsPrivate(url));
      return commands.enrol({ data, url, ...(code ? { code } : {}) });
    });

  command(program, 'status', 'how the running relay, its connection and its printers are')
    .addOption(statusPort())
    .addOption(json())
    .action(options => commands.status(options));

  command(program, 'journal', 'the jobs that this relay holds, and those that ended last')
    .addOption(dataOption())
    .addOption(statusPort())
    .addOption(json())
    .action(options => commands.journal(options));

  command(program, 'diagnose', 'check name, network, proxy, certificate, clock, disk and printers, with advice')
    .addOption(dataOption())
    .addOption(mqttPort())
    .action(options => commands.diagnose(options));

  const printers = quiet(program.command('printers'), keep).description('The printers of this relay.');
  command(printers, 'add', 'add a printer, or change its address')
    .argument('<name>', 'its name in the cloud', parseName)
    .argument('<uri>', 'its address')
    .option('--login <user:password>', 'if it asks for it', parseCredentials)
    .addOption(dataOption())
    .addHelpText('after', printerHelp)
    .action((name, uri, { data, login }) =>
      commands.addPrinter({ data, name, uri: asUsage(() => checkedAddress(name, uri)), login }),
    );
  command(printers, 'remove', 'remove a printer')
    .argument('<name>')
    .addOption(dataOption())
    .action((name, { data }) => commands.removePrinter({ data, name }));
  command(printers, 'trust', 'accept the new certificate of a printer that was reset or replaced')
    .argument('<name>')
    .addOption(dataOption())
    .action((name, { data }) => commands.trustPrinter({ data, name }));
  command(printers, 'scan', 'look for printers that announce themselves on this network')
    .option('--add', 'add those that are new; they are inactive in the cloud at first', false)
    .option('--seconds <number>', 'how long to listen', parseSeconds, 4)
    .addOption(dataOption())
    .addOption(json())
    .action(options => commands.scanPrinters(options));
  command(printers, 'test', 'print a test page, past the cloud')
    .argument('<name>', 'of a printer of this relay')
    .option('--file <path>', 'print this file; printers of raw data need one in their own language')
    .option('--format <type>', 'media type of the file; by default by its ending')
    .addOption(dataOption())
    .action((name, options) => commands.testPrinter({ name, ...options }));
  return program;
}

const printerHelp = `
Addresses of printers:
  ipp://HOST/ipp/print, ipps://HOST/ipp/print
      ?tls=1.0            allow old TLS
      ?certificate=RULE   pin: the one that was seen first (default); strict: of an authority, for this name; any
  socket://HOST:9100      raw data, as label printers take it
      ?waiteof=false      for a printer that never closes its connection; ?idle= and ?pause= are in seconds
  lpd://HOST/QUEUE        raw data for a print server or an old printer [RFC 1179]
  file:///FOLDER          documents appear in a folder`;

const dataOption = () =>
  new Option('--data <folder>', 'where the relay keeps its identity, journal and documents')
    .env('PLATEN_RELAY_DATA')
    .default('./relay-data');
const mqttPort = () =>
  new Option('--mqtt-port <port>', 'of the broker; by default 443 and its own port are tried').argParser(parsePort);
const allowHttp = () =>
  new Option(
    '--allow-http',
    'enrol over http:// from another machine: anyone on the network path can read the code',
  ).default(false);
const statusPort = () =>
  new Option('--port <port>', 'of the status page').argParser(parsePort).default(usualStatusPort);
const json = () => new Option('--json', 'print JSON').default(false);

function collect<Value>(parse: (text: string) => Value) {
  return (text: string, former: Value[]) => [...former, parse(text)];
}

/** Nothing is written and the process goes on: the caller decides about both. */
function quiet(command: Command, keep: (text: string) => void): Command {
  return command.exitOverride().configureOutput({ writeOut: keep, writeErr: keep }).showSuggestionAfterError();
}

function asUsage<Value>(check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(error.message);
    throw error;
  }
}
