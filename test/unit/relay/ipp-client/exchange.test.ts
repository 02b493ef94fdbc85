import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IppClient } from '../../../../relay/ipp-client/client.ts';
import { type Deadlines, IppExchangeError } from '../../../../relay/ipp-client/exchange.ts';
import { parseIppUri } from '../../../../shared/core/domain/device-address.ts';
import { encodeMessage } from '../../../../shared/ipp/encode.ts';

/** for exchanges that end by themselves */
const patient: Deadlines = {
  connectMilliseconds: 10_000,
  headersMilliseconds: 10_000,
  answerMilliseconds: 10_000,
  idleMilliseconds: 10_000,
};
/** for those that a deadline must end */
const hurried: Deadlines = {
  ...patient,
  headersMilliseconds: 400,
  answerMilliseconds: 400,
  idleMilliseconds: 400,
};
/** more than any socket buffers on the way */
const documentOctets = 24 * 1024 * 1024;
const success = encodeMessage({
  version: { major: 2, minor: 0 },
  code: 0,
  requestId: 1,
  groups: [],
  data: Buffer.alloc(0),
});
const refusal = Buffer.from(success);
refusal.writeUInt16BE(0x040a, 2);
const http = (body: Buffer | string, head = '') =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\n${head || `Content-Length: ${body.length}`}\r\nConnection: close\r\n\r\n`),
    Buffer.from(body),
  ]);

let folder: string;
let file: FileHandle;
let server: net.Server | undefined;
const sockets = new Set<net.Socket>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-exchange-'));
  await writeFile(join(folder, 'document'), Buffer.alloc(documentOctets, 0x25));
  file = await open(join(folder, 'document'));
});
afterAll(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function clientOf(serve: (socket: net.Socket) => void, deadlines = patient, scheme = 'ipp'): Promise<IppClient> {
  server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return new IppClient(parseIppUri(`${scheme}://127.0.0.1:${port}/`), deadlines);
}

const ask = (client: IppClient) => client.getPrinterAttributes(['all']);
const send = (client: IppClient, octets = documentOctets, signal?: AbortSignal) =>
  client.sendDocument({ jobId: 1, format: 'application/pdf', document: { file, octets }, signal });

async function failureOf(answer: Promise<unknown>): Promise<IppExchangeError> {
  const failure = await answer.then(
    () => undefined,
    error => error,
  );
  expect(failure).toBeInstanceOf(IppExchangeError);
  return failure as IppExchangeError;
}

/** Calls back when so many octets have come. */
function onceReceived(socket: net.Socket, octets: number, then: () => void): void {
  let count = 0;
  socket.on('data', chunk => {
    count += chunk.length;
    if (count >= octets && count - chunk.length < octets) then();
  });
}

describe('a question', () => {
  it('to a closed port has sent nothing', async () => {
    const client = new IppClient(parseIppUri('ipp://127.0.0.1:1/'), patient);

    expect((await failureOf(ask(client))).sent).toBe('nothing');
  });

  it('to a name that does not exist has sent nothing', async () => {
    const client = new IppClient(parseIppUri('ipp://no-such-printer.invalid/'), patient);

    expect((await failureOf(ask(client))).sent).toBe('nothing');
  });

  it('has sent nothing while TLS is not agreed', async () => {
    const client = await clientOf(() => undefined, { ...hurried, connectMilliseconds: 400 }, 'ipps');

    const failure = await failureOf(ask(client));

    expect(failure.sent).toBe('nothing');
    expect(failure.message).toContain('a connection');
  });

  const bad: [string, (socket: net.Socket) => void][] = [
    ['is never answered', () => undefined],
    ['is answered with half of a header', socket => socket.write('HTTP/1.1 200 OK\r\nContent-')],
    ['is answered with half of a body', socket => socket.write(http('\x02', 'Content-Length: 100'))],
    ['is answered with half of a body and a FIN', socket => socket.end(http('\x02', 'Content-Length: 100'))],
    ['is answered with something that is not HTTP', socket => socket.end('SSH-2.0-OpenSSH\r\n')],
    ['is answered with something that is not IPP', socket => socket.end(http('<html></html>'))],
    ['is answered with nothing', socket => socket.end(http(''))],
    ['is cut off', socket => socket.resetAndDestroy()],
    ['is closed on', socket => socket.end()],
    ['is answered with a status of HTTP', socket => socket.end('HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n')],
    ['is answered with headers without end', socket => endless(socket, 'HTTP/1.1 200 OK\r\n', 'X-Header: 1234567\r\n')],
    ['is answered with a body without end', socket => endless(socket, http('', 'X: y').toString(), '\x00'.repeat(64))],
  ];
  it.each(bad)('that %s fails with one class of error and everything sent', async (_, answer) => {
    const client = await clientOf(socket => socket.once('data', () => answer(socket)), hurried);

    expect((await failureOf(ask(client))).sent).toBe('all');
  });

  it('is answered by a printer of IPP/1.1 in its own version', async () => {
    const tooNew = Buffer.from(success);
    tooNew.writeUInt16BE(0x0503, 2);
    const client = await clientOf(socket =>
      socket.once('data', chunk => {
        const isNew = chunk.subarray(chunk.indexOf('\r\n\r\n') + 4)[0] === 2;
        socket.end(http(isNew ? tooNew : success));
      }),
    );

    expect((await ask(client)).status).toBe(0);
  });
});

describe('a document', () => {
  it('is completely sent and accepted when the response says so', async () => {
    const client = await clientOf(socket => onceReceived(socket, documentOctets, () => socket.end(http(success))));

    expect((await send(client)).status).toBe(0);
  });

  it('of zero octets can be sent', async () => {
    const client = await clientOf(socket => onceReceived(socket, 100, () => socket.end(http(success))));

    expect((await send(client, 0)).status).toBe(0);
  });

  it('was not sent if the connection was refused', async () => {
    const client = new IppClient(parseIppUri('ipp://127.0.0.1:1/'), patient);

    expect((await failureOf(send(client))).sent).toBe('nothing');
  });

  it('was sent in part if the connection breaks in the middle', async () => {
    const client = await clientOf(socket => onceReceived(socket, 100_000, () => socket.resetAndDestroy()));

    expect((await failureOf(send(client))).sent).toBe('some');
  });

  it('was sent in part if the printer stops reading', async () => {
    const client = await clientOf(socket => onceReceived(socket, 100_000, () => socket.pause()), hurried);

    expect((await failureOf(send(client))).sent).toBe('some');
  });

  it('was sent completely if the connection breaks after it', async () => {
    const client = await clientOf(socket => onceReceived(socket, documentOctets, () => socket.resetAndDestroy()));

    expect((await failureOf(send(client))).sent).toBe('all');
  });

  it('was sent completely if the response never arrives', async () => {
    const client = await clientOf(socket => socket.resume(), hurried);

    expect((await failureOf(send(client))).sent).toBe('all');
  });

  it('fails as soon as the printer refuses it', async () => {
    const client = await clientOf(socket => {
      onceReceived(socket, 50_000, () => {
        socket.pause();
        socket.write(http(refusal));
      });
    });

    expect((await send(client)).status).toBe(0x040a);
  });

  it('is not accepted by a success that comes before its end, if the rest is not taken', async () => {
    const client = await clientOf(socket => {
      onceReceived(socket, 50_000, () => {
        socket.pause();
        socket.write(http(success));
      });
    }, hurried);

    expect((await failureOf(send(client))).sent).toBe('some');
  });

  it('was sent in part if the transfer is aborted', async () => {
    const controller = new AbortController();
    const client = await clientOf(socket => {
      onceReceived(socket, 50_000, () => {
        socket.pause();
        controller.abort();
      });
    });

    expect((await failureOf(send(client, documentOctets, controller.signal))).sent).toBe('some');
  });

  it('that is shorter on disk than it was is not passed off as whole', async () => {
    const client = await clientOf(socket => socket.resume());

    expect((await failureOf(send(client, documentOctets + 1))).sent).toBe('some');
  });
});

function endless(socket: net.Socket, start: string, more: string): void {
  const chunk = more.repeat(1024);
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', write);
  socket.write(start);
  write();
}
