import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { deviceSchemeOf, isNameInPath } from '../shared/core/domain/printer.ts';
import { type LogFormat, logFormats } from '../shared/telemetry/layouts.ts';
import { type Level, levels } from '../shared/telemetry/log.ts';

export interface ServerOptions {
  host: string;
  port: number;
  /** origin by which clients and relays reach the server, when that is not where it listens */
  publicUrl: string | undefined;
  data: string;
  /** by device id, in the order given */
  printers: Map<string, string>;
  /** private addresses that documents may be fetched from */
  allowFetch: string[];
  /** what conversions may still cost; undefined leaves it as it is, without a limit at first */
  credits: number | undefined;
  logLevel: Level;
  logFormat: LogFormat;
}

export const usage = `Usage: npm start -- [options]

  --port PORT          port for HTTP (8080; 0 takes a free one)
  --host ADDRESS       address to listen on (127.0.0.1)
  --public-url URL     https://HOST[:PORT] of a proxy in front, by which clients
                       and relays reach this server (where it listens)
  --data FOLDER        where everything is kept (./data)
  --printer NAME=URI   a printer at office:NAME, repeatable
                       ipp://host/ipp/print, ipps://..., socket://host:9100, file:///folder
  --allow-fetch HOST[:PORT]
                       a private address that documents may be fetched from,
                       repeatable (public ones may be in any case)
  --credits NUMBER     what PDF.co's calls may still spend (no limit)
  --log-level LEVEL    debug, info, warn or error (info)
  --log-format FORMAT  text or json (text on a terminal, json elsewhere)
  --help               this text
`;

/** Reads the command line. Throws an Error with a message for the person who typed it. */
export function parseOptions(args: string[]): ServerOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8080' },
      'public-url': { type: 'string' },
      data: { type: 'string', default: 'data' },
      printer: { type: 'string', multiple: true, default: [] },
      'allow-fetch': { type: 'string', multiple: true, default: [] },
      credits: { type: 'string' },
      'log-level': { type: 'string', default: 'info' },
      'log-format': { type: 'string', default: process.stderr.isTTY ? 'text' : 'json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port ${values.port} is not a port.`);
  return {
    host: values.host,
    port,
    publicUrl: values['public-url'] === undefined ? undefined : parsePublicUrl(values['public-url']),
    data: resolve(values.data),
    printers: new Map(values.printer.map(parsePrinter)),
    allowFetch: values['allow-fetch'].map(parseAllowed),
    credits: values.credits === undefined ? undefined : parseCredits(values.credits),
    logLevel: oneOf('--log-level', values['log-level'], levels),
    logFormat: oneOf('--log-format', values['log-format'], logFormats),
  };
}

/** Addresses of documents are signed with their path, so a proxy may not add to it. */
function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  const isOrigin =
    /^https?:$/.test(url?.protocol ?? '') && [url?.origin, `${url?.origin}/`].includes(text.toLowerCase());
  if (isOrigin) return (url as URL).origin;
  throw new Error(`--public-url ${text} is not http://HOST[:PORT] or https://HOST[:PORT].`);
}

/** A host name, an IPv4 address, or an IPv6 address in brackets. */
function parseAllowed(text: string): string {
  if (/^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(:\d{1,5})?$/i.test(text)) return text;
  throw new Error(`--allow-fetch ${text} is not HOST or HOST:PORT.`);
}

function oneOf<Value extends string>(option: string, text: string, values: readonly Value[]): Value {
  const found = values.find(value => value === text);
  if (found) return found;
  throw new Error(`${option} ${text} is not one of ${values.join(', ')}.`);
}

function parseCredits(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`--credits ${text} is not a number of credits.`);
}

function parsePrinter(text: string): [string, string] {
  const [, name = '', uri = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!isNameInPath(name) || uri === '') throw new Error(`--printer ${text} is not NAME=URI.`);
  deviceSchemeOf(uri);
  return [name, uri];
}
