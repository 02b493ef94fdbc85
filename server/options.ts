import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { checkDeviceAddress } from '../shared/core/domain/device-address.ts';
import { isNameInPath } from '../shared/core/domain/printer.ts';
import { UsageError } from '../shared/protocol/usage-error.ts';
import { version } from '../shared/protocol/version.ts';
import { type LogFormat, logFormats } from '../shared/telemetry/layouts.ts';
import { type Level, levels } from '../shared/telemetry/log.ts';

export interface ServerOptions {
  host: string;
  port: number;
  /** of the broker that relays connect to; undefined for the port of the last start, else 8883 */
  mqttPort: number | undefined;
  /** origin by which clients and relays reach the server, when that is not where it listens */
  publicUrl: string | undefined;
  data: string;
  /** by device id, in the order given */
  printers: Map<string, string>;
  /** private addresses that documents may be fetched from */
  allowFetch: string[];
  /** of printers that ask for one: `NAME=USER:PASSWORD` */
  login: string[];
  /** milliseconds that a document stays after the end of its last job; undefined: a day */
  keepDocuments: number | undefined;
  /** credits that PDF.co's calls may still spend; undefined leaves them as they are, unlimited at first */
  credits: number | undefined;
  /** requests per second of one key; undefined: no limit */
  keyRate: number | undefined;
  /** the data folder was restored from a backup, with that of the relay */
  restored: boolean;
  logLevel: Level;
  logFormat: LogFormat;
}

/** Reads the command line, or answers the text to print. Throws a UsageError for the person who typed it. */
export function parseOptions(args: string[]): ServerOptions | { help: string } {
  const printed: string[] = [];
  const keep = (text: string) => void printed.push(text);
  const parser = parserOf().exitOverride().configureOutput({ writeOut: keep, writeErr: keep });
  try {
    parser.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help: printed.join('').trimEnd() };
    throw new UsageError(
      printed
        .join('')
        .trim()
        .replace(/^error: /, ''),
    );
  }
  const { printer, ...options } = parser.opts<Omit<ServerOptions, 'printers'> & { printer: [string, string][] }>();
  return { ...options, printers: new Map(printer) };
}

function parserOf(): Command {
  return new Command('npm start --')
    .description('Runs everything on one machine: API, queue, broker for relays, and the relay of this site.')
    .version(version)
    .addOption(option('--port <port>', 'port for HTTP; 0 takes a free one', parsePort, 8080))
    .addOption(option('--host <address>', 'address to listen on', text, '127.0.0.1'))
    .addOption(
      option('--mqtt-port <port>', 'port for relays; by default that of the last start, 8883 at first', parsePort),
    )
    .addOption(
      option(
        '--public-url <url>',
        'http[s]://HOST[:PORT] by which clients and relays reach this server',
        parsePublicUrl,
      ),
    )
    .addOption(
      option('--data <folder>', 'where everything is kept', folder => resolve(folder)).default(
        resolve('data'),
        './data',
      ),
    )
    .addOption(
      many(
        '--printer <name=uri>',
        'a printer at office:NAME: ipp://, ipps://, socket://HOST:9100, lpd://HOST/QUEUE or file:///',
        parsePrinter,
      ),
    )
    .addOption(many('--login <name=user:password>', 'for a printer that asks for it', text))
    .addOption(option('--keep-documents <hours>', 'how long a document stays after its last job; 24', parseHours))
    .addOption(
      many('--allow-fetch <host[:port]>', 'a private address that documents may be fetched from', parseAllowed),
    )
    .addOption(
      option('--credits <number>', 'credits that PDF.co calls may still spend; unlimited at first', parseCredits),
    )
    .addOption(
      option(
        '--key-rate <number>',
        'requests per second of one key, ten times as many to see states and to upload',
        parseRate,
      ),
    )
    .addOption(
      new Option(
        '--restored',
        'for the first start of a restored backup: what may have been printed since waits for a decision',
      ).default(false),
    )
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(levels).default('info'))
    .addOption(
      new Option('--log-format <format>', 'text is the default on a terminal')
        .choices(logFormats)
        .default(process.stderr.isTTY ? 'text' : 'json'),
    );
}

function option<Value>(flags: string, about: string, parse: (value: string) => Value, byDefault?: Value): Option {
  return new Option(flags, about).argParser(parse).default(byDefault);
}

function many<Value>(flags: string, about: string, parse: (value: string) => Value): Option {
  const collect = (value: string, former: Value[]) => [...former, parse(value)];
  return new Option(flags, `${about}; may be repeated`).argParser(collect).default([], 'none');
}

const text = (value: string) => value;

function parsePort(value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

/** Addresses of documents are signed with their path, so a proxy may not add to it. */
function parsePublicUrl(value: string): string {
  const url = URL.parse(value);
  const { origin, protocol = '', port } = url ?? {};
  const withPort = `${protocol}//${url?.hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
  const isOrigin = [origin, `${origin}/`, withPort, `${withPort}/`].includes(value.toLowerCase());
  if (/^https?:$/.test(protocol) && isOrigin) return origin as string;
  throw new InvalidArgumentError('It must be http://HOST[:PORT] or https://HOST[:PORT], without a path.');
}

/** A host name, an IPv4 address, or an IPv6 address in brackets. */
function parseAllowed(value: string): string {
  if (/^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.test(value)) return value;
  throw new InvalidArgumentError('It must be HOST or HOST:PORT.');
}

function parseCredits(value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Credits are a number.');
}

function parseRate(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number of requests per second, from 1.');
}

/** Hours to milliseconds. */
function parseHours(value: string): number {
  if (/^\d{1,5}$/.test(value)) return Number(value) * 60 * 60 * 1000;
  throw new InvalidArgumentError('It must be a number of hours.');
}

function parsePrinter(value: string): [string, string] {
  const [, name = '', uri = ''] = /^([^=]*)=(.*)$/s.exec(value) ?? [];
  if (!isNameInPath(name) || uri === '') throw new InvalidArgumentError('It must be NAME=URI.');
  try {
    checkDeviceAddress(uri);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return [name, uri];
}
