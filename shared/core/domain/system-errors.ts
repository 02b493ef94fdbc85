/*
 * Codes of the operating system in messages of relays, such as "connect ECONNREFUSED 192.0.2.7:631". People get words
 * instead, with the address; the message as it was is a detail.
 */

const words: Record<string, string> = {
  EACCES: 'access was denied',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNABORTED: 'the connection was cut',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EHOSTDOWN: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  EIO: 'the disk failed',
  EMFILE: 'too many files are open',
  ENETUNREACH: 'the network cannot be reached',
  ENOENT: 'a file is missing',
  ENOSPC: 'the disk is full',
  ENOTFOUND: 'the name is not known',
  EPERM: 'access was denied',
  EPIPE: 'the connection was cut',
  EROFS: 'the disk is read-only',
  ETIMEDOUT: 'the connection timed out',
};

/** As Node writes them: `connect CODE address - Local (...)`, and `CODE: text, call 'path'`. */
const systemError = new RegExp(
  `(?:\\b(?:connect|read|write|getaddrinfo) )?\\b(${Object.keys(words).join('|')})\\b` +
    `(?:: [^,]*, \\w+(?: '[^']*')?)?(?: ([\\w.:[\\]-]*[\\w\\]]))?(?: - Local \\([^)]*\\))?`,
  'g',
);

/** The message with words in the place of codes. */
export const inWords = (message: string) =>
  message.replace(systemError, (_error, code: string, address?: string) =>
    address === undefined ? (words[code] as string) : `${words[code]} (${address})`,
  );
