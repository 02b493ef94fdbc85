import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { proxyEnvironment } from './web-proxy.ts';

// one connection after another costs more than a small document
const options = { keepAlive: true, proxyEnv: proxyEnvironment() };
const agents = { http: new http.Agent(options), https: new https.Agent(options) };

/** Node's client and our agent for an address; they go through the web proxy of the site. */
export function clientFor(url: string | URL): {
  get: typeof https.get;
  request: typeof https.request;
  agent: http.Agent;
} {
  const isSecure = String(url).startsWith('https:');
  const { get, request } = isSecure ? https : http;
  return { get, request, agent: isSecure ? agents.https : agents.http };
}

export interface WebAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Asks the server; with a body, by POST of JSON. Throws what Node throws when there is no answer. */
export async function askServer(url: URL, body: object | undefined, milliseconds: number): Promise<WebAnswer> {
  const { request, agent } = clientFor(url);
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const signal = AbortSignal.timeout(milliseconds);
  const headers = body ? { 'content-type': 'application/json' } : {};
  const asked = request(url, { method: body ? 'POST' : 'GET', agent, headers, signal }, resolve);
  asked.on('error', error => reject(signal.aborted ? new Error(`no answer within ${milliseconds / 1000} s`) : error));
  asked.end(body ? JSON.stringify(body) : undefined);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
}
