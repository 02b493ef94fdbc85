import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EnrolAnswer } from '../shared/protocol/relay-protocol.ts';
import type { MiniStack } from './ministack.ts';

/*
 * Proxy between a client and an API deployed to MiniStack. It does two things:
 *
 *  - forwards requests under the API's host name, which this machine cannot resolve;
 *  - replaces the broker address and the CA in enrolment answers: AWS IoT uses port 8883 and an Amazon certificate,
 *    MiniStack uses another port and its own certificate.
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
