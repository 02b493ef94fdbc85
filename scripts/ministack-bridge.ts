import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EnrolAnswer } from '../shared/protocol/relay-protocol.ts';
import type { MiniStack } from './ministack.ts';

/*
 * What lies between a client and the deployed API when the API stands in MiniStack and not in AWS. Two things only:
 *
 *  - the API's host name means nothing to this machine's resolver, so requests come here and are sent on under it;
 *  - a relay is told of AWS IoT's broker on port 8883, signed by Amazon, and MiniStack's is on another port and signed
 *    by itself, so that part of the answer to an enrolment is replaced.
 */

export interface Bridge {
  url: string;
  stop(): Promise<void>;
}

export async function startBridge(ministack: MiniStack, apiUrl: string): Promise<Bridge> {
  const authority = await (await fetch(`${ministack.endpoint}/_ministack/iot/ca.pem`)).text();
  const broker = { ca: authority, mqtt: { host: 'localhost', port: ministack.mqttPort } };
  const { hostname, port } = new URL(ministack.endpoint);
  const { host } = new URL(apiUrl);

  const server = createServer((given, answer) => {
    const { method, url: path, headers } = given;
    const sentOn = request({ hostname, port, method, path, headers: { ...headers, host } }, received => {
      if (path?.startsWith('/platen/v1/relays/enrol')) void answerEnrolment(received, answer, broker);
      else {
        answer.writeHead(received.statusCode ?? 502, received.headers);
        received.pipe(answer);
      }
    });
    sentOn.on('error', () => answer.destroy());
    given.pipe(sentOn);
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
    },
  };
}

async function answerEnrolment(
  received: IncomingMessage,
  answer: ServerResponse,
  broker: Pick<EnrolAnswer, 'ca' | 'mqtt'>,
): Promise<void> {
  const body = await text(received);
  const { statusCode = 502 } = received;
  const isGranted = statusCode < 300;
  answer.writeHead(statusCode, { 'content-type': 'application/json' });
  answer.end(isGranted ? JSON.stringify({ ...JSON.parse(body), ...broker }) : body);
}
