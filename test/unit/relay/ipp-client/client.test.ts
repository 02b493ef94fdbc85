import { once } from 'node:events';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IppClient } from '../../../../relay/ipp-client/client.ts';
import { defaultDeadlines } from '../../../../relay/ipp-client/exchange.ts';
import { parseIppUri } from '../../../../shared/core/domain/device-address.ts';
import { make, textsOf } from '../../../../shared/ipp/attributes.ts';
import { decodeMessage } from '../../../../shared/ipp/decode.ts';
import { encodeMessage } from '../../../../shared/ipp/encode.ts';
import type { IppAttribute, IppGroup, IppMessage } from '../../../../shared/ipp/message.ts';
import { groupTags, operations, statusCodes } from '../../../../shared/ipp/tags.ts';

interface Heard {
  message: IppMessage;
  headers: http.IncomingHttpHeaders;
  port: number | undefined;
}

/** A status of IPP with groups, or a status of HTTP. */
type Reply = { status: number; groups?: IppGroup[] } | { http: number };

const ok: Reply = { status: 0 };
const printerUri = 'ipp://127.0.0.1/';

/** A client, and a server that hears its requests and gives each the next reply, the last one again and again. */
async function startClient(...replies: Reply[]) {
  const heard: Heard[] = [];
  const server = http.createServer(async (request, response) => {
    const message = decodeMessage(Buffer.concat(await request.toArray()));
    heard.push({ message, headers: request.headers, port: request.socket.remotePort });
    const reply = replies[Math.min(heard.length, replies.length) - 1] ?? ok;
    if ('http' in reply) return void response.writeHead(reply.http).end();
    const { version, requestId } = message;
    const { status: code, groups = [] } = reply;
    response.end(encodeMessage({ version, requestId, code, groups, data: Buffer.alloc(0) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = { ...parseIppUri(`ipp://127.0.0.1:${port}/`), printerUri };
  const client = new IppClient(target, defaultDeadlines);
  onTestFinished(() => {
    client.close();
    server.close();
  });
  return { client, heard };
}

async function fileWith(text: string): Promise<{ file: FileHandle; octets: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-client-'));
  await writeFile(join(folder, 'document'), text);
  const file = await open(join(folder, 'document'));
  onTestFinished(async () => {
    await file.close();
    await rm(folder, { recursive: true });
  });
  return { file, octets: text.length };
}

const opening = [
  make.charset('attributes-charset', 'utf-8'),
  make.language('attributes-natural-language', 'en'),
  make.uri('printer-uri', printerUri),
];
const user = make.name('requesting-user-name', 'platen');
const isFaithful = make.boolean('ipp-attribute-fidelity', false);
const jobId = make.integer('job-id', 7);
const name = make.name('job-name', 'Invoice');
const format = make.mediaType('document-format', 'application/pdf');
const isLast = make.boolean('last-document', true);
const which = (value: string) => make.keyword('which-jobs', value);
const [limit, notMine] = [make.integer('limit', 1000), make.boolean('my-jobs', false)];
const wanted = make.keyword('requested-attributes', 'job-id', 'job-state');
const template = [make.integer('copies', 2)];

type Ask = (client: IppClient, document: { file: FileHandle; octets: number }) => Promise<unknown>;

describe('a request [RFC 8011 4.2, 4.3]', () => {
  const requests: [string, number, Ask, IppAttribute[], IppAttribute[]?][] = [
    [
      'Create-Job',
      operations.createJob,
      client => client.createJob({ jobName: 'Invoice', template }),
      [user, name, isFaithful],
      template,
    ],
    [
      'Create-Job without a template',
      operations.createJob,
      client => client.createJob({ jobName: 'Invoice', template: [] }),
      [user, name, isFaithful],
    ],
    [
      'Send-Document',
      operations.sendDocument,
      (client, document) => client.sendDocument({ jobId: 7, format: 'application/pdf', document }),
      [jobId, user, format, isLast],
    ],
    [
      'Send-Document without a format',
      operations.sendDocument,
      (client, document) => client.sendDocument({ jobId: 7, format: undefined, document }),
      [jobId, user, isLast],
    ],
    [
      'Print-Job',
      operations.printJob,
      (client, document) => client.printJob({ jobName: 'Invoice', template, format: 'application/pdf', document }),
      [user, name, isFaithful, format],
      template,
    ],
    [
      'Print-Job without a format',
      operations.printJob,
      (client, document) => client.printJob({ jobName: 'Invoice', template: [], format: undefined, document }),
      [user, name, isFaithful],
    ],
    [
      'Get-Job-Attributes',
      operations.getJobAttributes,
      client => client.getJobAttributes(7, ['job-id', 'job-state']),
      [jobId, user, wanted],
    ],
    [
      'Get-Jobs',
      operations.getJobs,
      client => client.getJobs('completed', ['job-id', 'job-state']),
      [user, limit, wanted, which('completed'), notMine],
    ],
    ['Cancel-Job', operations.cancelJob, client => client.cancelJob(7), [jobId, user]],
    ['Identify-Printer', operations.identifyPrinter, client => client.identifyPrinter(), [user]],
  ];
  it.each(requests)('%s names its target first, and nothing that it need not', async (_name, code, ask, asked, job) => {
    const { client, heard } = await startClient();
    const document = await fileWith('%PDF');

    await ask(client, document);

    const [{ message, headers } = {} as Heard] = heard;
    const groups: IppGroup[] = [{ tag: groupTags.operation, attributes: [...opening, ...asked] }];
    if (job) groups.push({ tag: groupTags.job, attributes: job });
    const hasDocument = /Send-Document|Print-Job/.test(_name);
    expect(message).toEqual({
      ...{ version: { major: 2, minor: 0 }, code, requestId: 1, groups },
      data: Buffer.from(hasDocument ? '%PDF' : ''),
    });
    expect(headers['content-type']).toBe('application/ipp');
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(headers.connection).toBe(hasDocument || code === operations.createJob ? 'close' : 'keep-alive');
  });

  it('is numbered, and questions share a connection until it is closed', async () => {
    const { client, heard } = await startClient();

    await client.cancelJob(1);
    await client.cancelJob(2);
    client.close();
    await client.cancelJob(3);

    expect(heard.map(({ message }) => message.requestId)).toEqual([1, 2, 3]);
    const [first, second, third] = heard.map(({ port }) => port);
    expect([first === second, second === third]).toEqual([true, false]);
  });
});

describe('an answer', () => {
  it('has what the printer says by its groups', async () => {
    const said = [make.text('status-message', 'no paper')];
    const groups = [
      { tag: groupTags.operation, attributes: said },
      { tag: groupTags.unsupported, attributes: template },
      { tag: groupTags.job, attributes: [jobId] },
      { tag: groupTags.job, attributes: [name] },
      { tag: groupTags.printer, attributes: [format] },
    ];
    const { client } = await startClient({ status: statusCodes['server-error-busy'], groups });

    expect(await client.cancelJob(7)).toEqual({
      ...{ status: statusCodes['server-error-busy'], message: 'server-error-busy: no paper' },
      ...{ printer: [format], jobs: [[jobId], [name]], unsupported: template },
    });
  });

  it.each([
    ['success', 0, [make.text('status-message', 'fine')], 'successful-ok'],
    ['a refusal without words', 0x0507, [], 'server-error-busy'],
    ['a refusal with empty words', 0x0507, [make.text('status-message', '')], 'server-error-busy'],
  ])('of %s has the status alone as its message', async (_name, status, attributes, message) => {
    const { client } = await startClient({ status, groups: [{ tag: groupTags.operation, attributes }] });

    expect((await client.cancelJob(7)).message).toBe(message);
  });
});

describe('the question what the printer is', () => {
  const printer: IppGroup[] = [{ tag: groupTags.printer, attributes: [make.keyword('printer-state-reasons', 'none')] }];
  const known: Reply = { status: 0, groups: printer };
  const refused: Reply = { status: 0x0400 };
  const versionsOf = (heard: Heard[]) =>
    heard.map(({ message: { version, groups } }) => {
      const [requested] = textsOf(groups[0]?.attributes ?? [], 'requested-attributes');
      return `${version.major}.${version.minor} ${requested}`;
    });
  const all = ['2.0 x', '2.0 all', '1.1 x', '1.1 all', '1.0 all'];

  const answers: [string, Reply, number][] = [
    ['a success', known, 1],
    ['a success with words', { status: 0x0001, groups: printer }, 1],
    ['a success that says nothing', ok, 5],
    ['a bad request', refused, 5],
    ['a forbidden one', { status: 0x0401 }, 5],
    ['an internal error', { status: 0x0500 }, 1],
    ['an operation that is not supported', { status: 0x0501 }, 5],
    ['a service that is not available', { status: 0x0502 }, 1],
    ['a version that is not supported', { status: 0x0503 }, 5],
    ['a busy printer', { status: 0x0507 }, 1],
    ...[400, 405, 500, 505].map((status): [string, Reply, number] => [`HTTP ${status}`, { http: status }, 5]),
    ...[401, 403, 404, 426, 503].map((status): [string, Reply, number] => [`HTTP ${status}`, { http: status }, 1]),
  ];
  it.each(answers)('is put otherwise as long as it may help: after %s', async (_name, reply, times) => {
    const { client, heard } = await startClient(reply);

    await client.getPrinterAttributes(['x']).catch(() => undefined);

    expect(versionsOf(heard)).toEqual(all.slice(0, times));
  });

  it.each(all.map((_, index) => index))(
    'is put the next time as it was understood: after %i refusals',
    async refusals => {
      const { client, heard } = await startClient(...Array(refusals).fill(refused), known);

      const answer = await client.getPrinterAttributes(['x']);
      await client.getPrinterAttributes(['x']);
      await client.cancelJob(7);

      expect(answer.status).toBe(0);
      expect(versionsOf(heard.slice(0, -1))).toEqual([...all.slice(0, refusals + 1), all[refusals]]);
      const { major, minor } = heard.at(-1)?.message.version ?? { major: 0, minor: 0 };
      expect(`${major}.${minor}`).toBe(all[refusals]?.split(' ')[0]);
    },
  );

  it('is answered by a success that says nothing rather than by a refusal', async () => {
    const { client, heard } = await startClient(refused, ok, refused, ok, refused, ok);

    const first = await client.getPrinterAttributes(['x']);
    await client.cancelJob(7);

    expect(first.status).toBe(0);
    expect(versionsOf(heard.slice(0, -1))).toEqual(all);
    expect(heard.at(-1)?.message.version).toEqual({ major: 2, minor: 0 });
  });

  it('fails as it did at first when nothing helps', async () => {
    const { client } = await startClient({ http: 405 }, { http: 400 });
    const { client: refusing } = await startClient({ status: 0x0401 }, refused);

    await expect(client.getPrinterAttributes(['x'])).rejects.toMatchObject({ httpStatus: 405 });
    expect((await refusing.getPrinterAttributes(['x'])).status).toBe(0x0401);
  });
});
