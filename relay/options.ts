import { parseArgs } from 'node:util';
import { isNameInPath } from '../shared/core/domain/printer.ts';
import { openOutputDevice } from './printers/index.ts';

export const help = `The relay prints what the cloud has for this place. It talks out only.

  relay --enrol URL --code CODE   once: get an identity with a one-time code
  relay                           print

  --data FOLDER         where the relay keeps its identity, journal and documents (./relay-data)
  --printer NAME=URI    an output device, kept for the next start; may be repeated
                        ipp://host/ipp/print, ipps://..., socket://host:9100, file:///path/to/folder
  --help                this text
`;

export interface Options {
  data: string;
  enrol?: { url: string; code: string };
  /** address by device id */
  printers: Record<string, string>;
}

/** What the command line asks for; `help` when that is all. Throws with a message for the user. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: 'string', default: './relay-data' },
      enrol: { type: 'string' },
      code: { type: 'string' },
      printer: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if ((values.enrol === undefined) !== (values.code === undefined)) throw new Error('--enrol and --code go together.');
  if (values.enrol !== undefined && !URL.canParse(values.enrol)) throw new Error(`${values.enrol} is no URL.`);
  return {
    data: values.data,
    enrol: values.enrol && values.code ? { url: values.enrol, code: values.code } : undefined,
    printers: Object.fromEntries(values.printer.map(parsePrinter)),
  };
}

function parsePrinter(text: string): [name: string, uri: string] {
  const at = text.indexOf('=');
  const [name, uri] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !isNameInPath(name)) throw new Error(`--printer ${text}: say NAME=URI, without : ; / \\ ? # in NAME.`);
  // what is named is kept for later starts, and a wrong address would keep the relay from each of them
  openOutputDevice(name, uri);
  return [name, uri];
}
