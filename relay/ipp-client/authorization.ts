import { createHash, randomBytes } from 'node:crypto';

/** User name and password for a printer, kept on the relay only. */
export interface Login {
  user: string;
  password: string;
}

type Challenge = { scheme: 'basic' } | { scheme: 'digest'; parameters: Map<string, string> };

/**
 * Answers the challenges of one printer [RFC 7617, RFC 7616]. After the first one, each request carries its answer at
 * once, so that a document is not sent in vain.
 */
export class Authorization {
  readonly #login: Login;
  #challenge: Challenge | undefined;
  #count = 0;

  constructor(login: Login) {
    this.#login = login;
  }

  /** Takes in `WWW-Authenticate`. False when there is nothing in it that can be answered, or it was answered in vain. */
  learn(header: string | undefined): boolean {
    const challenge = parseChallenge(header ?? '');
    const isStale = challenge?.scheme === 'digest' && /^true$/i.test(challenge.parameters.get('stale') ?? '');
    const isNew = this.#challenge?.scheme !== challenge?.scheme || isStale;
    this.#challenge = challenge;
    this.#count = 0;
    return challenge !== undefined && isNew;
  }

  /** The header's value for a request, once the printer's challenge is known. */
  headerFor(method: string, path: string): string | undefined {
    const { user, password } = this.#login;
    if (!this.#challenge) return undefined;
    if (this.#challenge.scheme === 'basic') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return this.#digest(method, path, this.#challenge.parameters);
  }

  #digest(method: string, uri: string, given: Map<string, string>): string {
    const { user, password } = this.#login;
    const [realm = '', nonce = '', algorithm = 'MD5'] = ['realm', 'nonce', 'algorithm'].map(name => given.get(name));
    const hash = (text: string) =>
      createHash(/^sha-256/i.test(algorithm) ? 'sha256' : 'md5')
        .update(text)
        .digest('hex');
    const hasQop =
      given
        .get('qop')
        ?.split(/\s*,\s*/)
        .includes('auth') ?? false;
    const nc = (++this.#count).toString(16).padStart(8, '0');
    const cnonce = randomBytes(8).toString('hex');
    const secret = hash(`${user}:${realm}:${password}`);
    const request = hash(`${method}:${uri}`);
    const middle = hasQop ? `${nonce}:${nc}:${cnonce}:auth` : nonce;
    const quoted = { username: user, realm, nonce, uri, response: hash(`${secret}:${middle}:${request}`) };
    const opaque = given.get('opaque');
    const parts = [
      ...Object.entries({ ...quoted, ...(opaque === undefined ? {} : { opaque }) }).map(
        ([name, value]) => `${name}="${value}"`,
      ),
      `algorithm=${algorithm}`,
      ...(hasQop ? ['qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`] : []),
    ];
    return `Digest ${parts.join(', ')}`;
  }
}

/** The better of the two where a printer offers both. */
function parseChallenge(header: string): Challenge | undefined {
  const digest = /\bdigest\s+(.*)/i.exec(header)?.[1];
  if (digest !== undefined) {
    const pairs = [...digest.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/gi)];
    return {
      scheme: 'digest',
      parameters: new Map(pairs.map(([, name = '', a, b]) => [name.toLowerCase(), a ?? b ?? ''])),
    };
  }
  return /\bbasic\b/i.test(header) ? { scheme: 'basic' } : undefined;
}
