import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { bundleConsole, type ConsoleFile } from '../console/bundle/bundle.ts';
import { consolePath, contentSecurityPolicy } from '../console/bundle/policy.ts';
import { log } from '../shared/telemetry/log.ts';
import type { SignIn } from './sign-in.ts';

/*
 * The web console at /console/: static files, and the sign-in with the code that `npm start` prints. Browsers that ask
 * for / are sent there. All other paths are the API's.
 */

interface Served extends ConsoleFile {
  gzipped: Uint8Array;
}

export interface ConsoleParts {
  signIn: SignIn;
  /** origins of the API and of the store of documents, besides that of the page */
  origins: () => string[];
}

const yearSeconds = 365 * 24 * 60 * 60;
const codeOctetsAtMost = 1024;

/** Answers requests for the console; false for all others. */
export function makeConsoleHandler({ signIn, origins }: ConsoleParts) {
  let bundled: Promise<Map<string, Served>> | undefined;
  const files = () => {
    bundled ??= bundle().catch(error => {
      bundled = undefined;
      throw error;
    });
    return bundled;
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url?.split('?')[0] ?? '/';
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && (path === consolePath.slice(0, -1) || (path === '/' && takesHtml(request)))) {
      response.writeHead(302, { location: consolePath, vary: 'accept' }).end();
      return true;
    }
    if (!path.startsWith(consolePath)) return false;
    const name = path.slice(consolePath.length);
    if (name === 'sign-in' && request.method === 'POST') await answerSignIn(request, response, signIn);
    else if (isRead) sendFile(request, response, await files(), name, contentSecurityPolicy(origins()));
    else response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return true;
  };
}

const takesHtml = ({ headers }: IncomingMessage) => headers.accept?.includes('text/html') ?? false;

async function bundle(): Promise<Map<string, Served>> {
  const startedAt = Date.now();
  const files = await bundleConsole();
  log.info('console-bundled', { milliseconds: Date.now() - startedAt });
  return new Map(files.map(file => [file.name, { ...file, gzipped: gzipSync(file.octets) }]));
}

/** Addresses of views, which have no file, are answered with the page. */
function sendFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  files: Map<string, Served>,
  name: string,
  policy: string,
): void {
  const isView = !files.has(name) && !name.includes('.');
  const file = files.get(isView ? 'index.html' : name);
  if (!file) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('The console has no such file.\n');
    return;
  }
  const isGzipped = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
  const octets = isGzipped ? file.gzipped : file.octets;
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': octets.byteLength,
    'content-security-policy': policy,
    'cache-control': file.isImmutable ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
    vary: 'accept-encoding',
    ...(isGzipped && { 'content-encoding': 'gzip' }),
  });
  response.end(method === 'HEAD' ? undefined : octets);
}

/** `{code}` to `{key, expiresAt}`. */
async function answerSignIn(request: IncomingMessage, response: ServerResponse, signIn: SignIn): Promise<void> {
  const code = await codeIn(request);
  const made = code === undefined ? undefined : await signIn(code);
  const refusal = 'This sign-in address was used before or is too old. Sign in with a key, or restart the server.';
  response.writeHead(made ? 200 : 403, { 'content-type': 'application/json' });
  response.end(JSON.stringify(made ?? { error: { code: 'forbidden', message: refusal } }));
}

async function codeIn(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > codeOctetsAtMost) return undefined;
  }
  try {
    const { code } = JSON.parse(text);
    return typeof code === 'string' ? code : undefined;
  } catch {
    // not JSON: there is no code in it
    return undefined;
  }
}
