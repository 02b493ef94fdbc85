import { parseArgs } from 'node:util';
import { isNameInPath } from '../shared/core/domain/printer.ts';
import type { Login } from './ipp-client/authorization.ts';
import { openOutputDevice } from './printers/index.ts';

export const help = `The relay prints what the cloud has for this place. It talks out only.

  relay --enrol URL --code CODE   once: get an identity with a one-time code; URL is https://,
                                  or http:// on this machine
  relay                           print

  --data FOLDER         where the relay keeps its identity, journal and documents (./relay-data)
  --printer NAME=URI    an output device, kept for the next start; may be repeated
                        ipp://host/ipp/print, ipps://..., socket://host:9100, file:///path/to/folder
  --allow-http          enrol over http:// from another machine: anyone on the network path can read
                        the code and impersonate the cloud
                        ipps://host?tls=1.0 allows old TLS; socket://host?waiteof=false is for a printer
                        that never closes its connection, ?idle= and ?pause= are in seconds
  --login NAME=USER:PASSWORD
                        for an output device that asks for it, kept for the next start; may be repeated
  --help                this text
`;

export interface Options {
  data: string;
  enrol?: { url: string; code: string };
  /** address by device id */
  printers: Record<string, string>;
  /** by device id */
  logins: Record<string, Login>;
}

/** The options of the command line; `help` if it only asks for help. Throws with a message for the user. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: './relay-data' },
      enrol: { type: 'string' },
      code: { type: 'string' },
      'allow-http': { type: 'boolean', default: false },
      printer: { type: 'string', multiple: true, default: [] },
      login: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if ((values.enrol === undefined) !== (values.code === undefined))
    throw new Error('--enrol and --code must be used together.');
  if (values.enrol !== undefined && !URL.canParse(values.enrol))
    throw new Error(`--enrol ${values.enrol} is not a URL.`);
  if (values.enrol !== undefined && !values['allow-http']) checkIsPrivate(new URL(values.enrol));
  return {
    data: values.data,
    enrol: values.enrol && values.code ? { url: values.enrol, code: values.code } : undefined,
    printers: Object.fromEntries(values.printer.map(parsePrinter)),
    logins: Object.fromEntries(values.login.map(parseLogin)),
  };
}

/** The answer names the authority that the relay trusts from then on, so it must not be changed on its way. */
function checkIsPrivate({ protocol, hostname, href }: URL): void {
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || isLoopback) return;
  throw new Error(
    `--enrol ${href} would send the code in the clear. Use https://, or add --allow-http on a trusted network.`,
  );
}

function parseLogin(text: string): [name: string, login: Login] {
  const [, name = '', user = '', password = ''] = /^([^=]+)=([^:]+):(.*)$/s.exec(text) ?? [];
  if (user === '') throw new Error('--login: use NAME=USER:PASSWORD.');
  return [name, { user, password }];
}

function parsePrinter(text: string): [name: string, uri: string] {
  const at = text.indexOf('=');
  const [name, uri] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !isNameInPath(name)) throw new Error(`--printer ${text}: say NAME=URI, without : ; / \\ ? # in NAME.`);
  // what is named is kept for later starts, and a wrong address would keep the relay from each of them
  openOutputDevice(name, uri);
  return [name, uri];
}
