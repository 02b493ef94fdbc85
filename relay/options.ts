import { InvalidArgumentError } from 'commander';
import { isNameInPath } from '../shared/core/domain/printer.ts';
import type { Login } from './ipp-client/authorization.ts';
import { openOutputDevice } from './printers/index.ts';

/*
 * Parsers of single values on the command line. They throw commander's error, which names the option and the value.
 */

/** The answer to an enrolment names the authority that the relay trusts from then on, so it must not be changed on its way. */
export function checkIsPrivate(url: string): void {
  const { protocol, hostname } = new URL(url);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || isLoopback) return;
  throw new InvalidArgumentError(
    `${url} would send the code in the clear. Use https://, or add --allow-http on a trusted network.`,
  );
}

export function parseServerUrl(text: string): string {
  const { protocol = '' } = URL.parse(text) ?? {};
  if (/^https?:$/.test(protocol)) return text;
  throw new InvalidArgumentError('It must be a URL like https://print.example.com.');
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a number of seconds.');
}

/** `NAME=USER:PASSWORD` */
export function parseLogin(text: string): [name: string, login: Login] {
  const [, name = '', user = '', password = ''] = /^([^=]+)=([^:]+):(.*)$/s.exec(text) ?? [];
  if (user === '') throw new InvalidArgumentError('It must be NAME=USER:PASSWORD.');
  return [name, { user, password }];
}

/** `USER:PASSWORD` */
export function parseCredentials(text: string): Login {
  return parseLogin(`_=${text}`)[1];
}

/** `NAME=URI` */
export function parsePrinter(text: string): [name: string, uri: string] {
  const at = text.indexOf('=');
  const name = parseName(at < 0 ? '' : text.slice(0, at));
  return [name, checkedAddress(name, text.slice(at + 1))];
}

export function parseName(text: string): string {
  if (isNameInPath(text)) return text;
  throw new InvalidArgumentError('A name of a printer has 1 to 64 characters, without : ; / \\ ? #.');
}

/** What is named is kept for later starts, and a wrong address would be wrong at each of them. */
export function checkedAddress(name: string, uri: string): string {
  try {
    openOutputDevice(name, uri);
    return uri;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
