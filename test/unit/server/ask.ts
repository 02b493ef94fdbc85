import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

interface Asked {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  /** the pieces of the body */
  body?: string[];
  remoteAddress?: string;
}

interface Answer {
  /** what the handler returned: false leaves the request to the next one */
  isHandled: boolean;
  status?: number;
  headers: Record<string, string | number>;
  body?: string | Uint8Array;
}

/** Gives a handler of the server a request, without a connection, and collects its answer. */
export async function ask(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>,
  { url, method = 'GET', headers = {}, body = [], remoteAddress = '127.0.0.1' }: Asked,
): Promise<Answer> {
  const request = Object.assign(Readable.from(body), { url, method, headers, socket: { remoteAddress } });
  const answer: Answer = { isHandled: false, headers: {} };
  const response = {
    writeHead(status: number, headers: Answer['headers']) {
      Object.assign(answer, { status, headers });
      return response;
    },
    end: (body?: Answer['body']) => void Object.assign(answer, { body }),
  };
  answer.isHandled = await handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  return answer;
}
