import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { InvokeCommand, InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConversionTurn, makeRemoteConverter } from '../../../../shared/adapters/aws/lambda/remote-converter.ts';
import type { Conversion } from '../../../../shared/core/domain/conversion.ts';
import { PrintError, ProcessesEnded } from '../../../../shared/core/domain/errors.ts';
import type { CompanyId } from '../../../../shared/core/domain/ids.ts';
import type { ConversionContext, Converted, DocumentStore, Octets } from '../../../../shared/core/ports/index.ts';
import { renderHandler } from '../../../../shared/handlers/render.ts';
import type { RenderRequest } from '../../../../shared/protocol/render-protocol.ts';

const folder = 'companies/acme/conversions/1/';
const merge: Conversion = {
  kind: 'merge',
  takes: 'any',
  checksPermissions: false,
  documents: [
    { kind: 'url', url: 'https://example.com/' },
    { kind: 'inline' },
    { kind: 'stored', key: 'companies/acme/documents/2' },
  ],
};

/** The bucket, reached by addresses as presigned ones are. */
const objects = new Map<string, Buffer>();
let server: Server;
let documents: Pick<DocumentStore, 'presignRead' | 'presignWrite' | 'read' | 'octets'>;

beforeEach(async () => {
  objects.clear();
  turnsHeld = 0;
  renewals = 0;
  objects.set(`${folder}request`, Buffer.from(JSON.stringify(merge)));
  objects.set(`${folder}document`, Buffer.from('inline'));
  objects.set('companies/acme/documents/2', Buffer.from('stored'));
  server = createServer(async (request, response) => {
    const key = (request.url as string).slice(1);
    if (request.method === 'PUT') objects.set(key, await buffer(request));
    const found = objects.get(key);
    response.writeHead(found ? 200 : 404).end(request.method === 'GET' ? found : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const addressOf = async (key: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${key}`;
  documents = {
    presignRead: addressOf,
    presignWrite: addressOf,
    octets: async key => objects.get(key)?.length,
    read: async (key, range) => Readable.from([objects.get(key)?.subarray(range?.from, range?.to)]),
  };
});
afterEach(() => void server.close());

type Invoked = Pick<InvokeCommandOutput, 'FunctionError' | 'Payload'>;
const payload = (value: unknown) => ({ Payload: Buffer.from(JSON.stringify(value)) }) as unknown as Invoked;
const endedBy = (errorType: string): Invoked => ({ FunctionError: 'Unhandled', ...payload({ errorType }) });
const ended = endedBy('Runtime.ExitError');

/** Lambda, with this function behind it. */
function lambda(answer: (request: RenderRequest, input: InvokeCommand['input']) => Promise<Invoked>) {
  const names: string[] = [];
  const send = async ({ input }: InvokeCommand) => {
    names.push(input.FunctionName as string);
    return await answer(JSON.parse(Buffer.from(input.Payload as Uint8Array).toString()), input);
  };
  return { client: { send } as unknown as LambdaClient, names, calls: () => names.length };
}

/** The handler of `render`, with a converter of the test. */
const renderWith = (convert: (conversion: Conversion, context: ConversionContext) => Promise<Converted>) => {
  const handler = renderHandler({ convert });
  return lambda(async request => {
    try {
      return payload(await handler(request, { functionName: 'render' } as Context));
    } catch {
      return ended;
    }
  });
};

const context = (more: Partial<ConversionContext> = {}): ConversionContext => ({
  companyId: 'acme' as CompanyId,
  key: `${folder}request`,
  read: async () => undefined,
  onStep: () => undefined,
  isWanted: async () => true,
  ...more,
});

/** Turns that are taken and not ended; undefined: there is none. */
let turnsHeld: number | undefined = 0;
let renewals = 0;
function takeTurn(): ConversionTurn | undefined {
  if (turnsHeld === undefined) return undefined;
  turnsHeld++;
  return {
    async renew() {
      renewals++;
    },
    async end() {
      if (turnsHeld !== undefined) turnsHeld--;
    },
  };
}

const converterOf = (client: LambdaClient, isPerCompany = false) =>
  makeRemoteConverter(client, { name: 'render', largeName: 'render-large', isPerCompany }, documents, {
    take: async () => takeTurn(),
  });
const textOf = async (octets: Octets) =>
  octets instanceof Uint8Array ? Buffer.from(octets).toString() : (await buffer(await octets())).toString();

describe('a document that the function render makes', () => {
  it('gets its conversion and sources by addresses, and comes back by one', async () => {
    const { client } = renderWith(async (conversion, { read }) => {
      const [, inline, kept] = (conversion as typeof merge & { kind: 'merge' }).documents;
      const texts = [inline, kept].map(async source => buffer((await read(source as { kind: 'inline' })) as Readable));
      return { bytes: Buffer.concat(await Promise.all(texts)), pageCount: 2, warnings: ['One page is empty.'] };
    });

    const converted = await converterOf(client).convert(merge, context());

    expect(converted).toMatchObject({ pageCount: 2, warnings: ['One page is empty.'] });
    expect(await textOf(converted?.bytes as Octets)).toBe('inlinestored');
  });

  it('may be several files, each of which can be read twice', async () => {
    const files = ['one', 'three'].map(text => ({ suffix: `_${text}.pdf`, bytes: Buffer.from(text) }));
    const { client } = renderWith(async () => ({ bytes: files, warnings: [] }));

    const { bytes } = (await converterOf(client).convert(merge, context())) as Converted<Octets>;

    const [one, three] = bytes as { suffix: string; bytes: Octets }[];
    expect([one?.suffix, await textOf(one?.bytes as Octets)]).toEqual(['_one.pdf', 'one']);
    expect(await textOf(three?.bytes as Octets)).toBe('three');
    expect(await textOf(three?.bytes as Octets)).toBe('three');
  });

  it('passes in the request and the answer if its conversion is not stored', async () => {
    const key = 'companies/acme/documents/2';
    const pictures = { kind: 'pictures', document: { kind: 'stored', key }, format: 'png', dpi: 72 } as const;
    const { client } = renderWith(async (conversion, { read }) => {
      const document = await buffer((await read((conversion as typeof pictures).document)) as Readable);
      return { bytes: [{ suffix: '_page1.png', bytes: document }], warnings: [] };
    });
    const before = new Map(objects);

    const converted = await converterOf(client).convert(
      { ...pictures, checksPermissions: false, pageRanges: [] },
      context({ key: undefined }),
    );

    expect(converted?.bytes).toEqual([{ suffix: '_page1.png', bytes: Buffer.from('stored') }]);
    expect(objects).toEqual(before);
  });

  it('is refused if it does not fit into an answer', async () => {
    const { client, calls } = renderWith(async () => ({ bytes: Buffer.alloc(4_300_001), warnings: [] }));

    const converting = converterOf(client).convert(merge, context({ key: undefined }));

    await expect(converting).rejects.toMatchObject({ code: 'too-large' });
    expect(calls()).toBe(1);
  });

  it('fails with the reason that the converter has', async () => {
    const { client, calls } = renderWith(async () => {
      throw new PrintError('document-password-error', 'The document is encrypted.');
    });

    const converting = converterOf(client).convert(merge, context());

    await expect(converting).rejects.toMatchObject({ code: 'document-password-error', message: /encrypted/ });
    expect(calls()).toBe(1);
  });

  it.each(['Runtime.ExitError', 'Runtime.OutOfMemory', 'ProcessesEnded'])(
    'that ends the function with %s is made by the one with more memory, in a turn that lasts as long',
    async errorType => {
      const { client, names } = lambda(async (_request, { FunctionName }) =>
        FunctionName === 'render' ? endedBy(errorType) : payload({ files: [{ octets: 0 }], warnings: [] }),
      );
      objects.set(`${folder}made`, Buffer.alloc(0));

      const converted = await converterOf(client).convert(merge, context());

      expect(converted).toBeDefined();
      expect(names).toEqual(['render', 'render-large']);
      expect([renewals, turnsHeld]).toEqual([1, 0]);
    },
  );

  it('that ends both functions is not tried a third time', async () => {
    const { client, names } = lambda(async () => ended);

    const converting = converterOf(client).convert(merge, context());

    await expect(converting).rejects.toMatchObject({ code: 'document-format-error', message: /not tried again/ });
    expect(names).toEqual(['render', 'render-large']);
  });

  it('that uses up its time is not tried again', async () => {
    const { client, calls } = lambda(async () => endedBy('Sandbox.Timedout'));

    await expect(converterOf(client).convert(merge, context())).rejects.toMatchObject({
      code: 'document-format-error',
    });
    expect(calls()).toBe(1);
  });

  it('that ends the processes of its converter has no answer', async () => {
    const { client, names } = renderWith(async () => {
      throw new ProcessesEnded('The browser ended.', undefined);
    });

    await expect(converterOf(client).convert(merge, context())).rejects.toMatchObject({ message: /not tried again/ });
    expect(names).toEqual(['render', 'render-large']);
  });

  it.each([
    ['no JSON', { Payload: Buffer.from('<html>') } as unknown as Invoked],
    ['another shape', payload({ files: 'all', warnings: [] })],
    ['more octets than are taken', payload({ files: [{ octets: 2 ** 40 }], warnings: [] })],
  ])('is not taken from an answer of %s', async (_what, answer) => {
    const { client } = lambda(async () => answer);

    await expect(converterOf(client).convert(merge, context())).rejects.toMatchObject({
      code: 'document-format-error',
    });
  });

  it('is refused when less is stored than announced', async () => {
    const { client } = lambda(async () => payload({ files: [{ octets: 9 }], warnings: [] }));

    await expect(converterOf(client).convert(merge, context())).rejects.toMatchObject({ code: 'internal' });
  });

  it('is given up when its job is canceled, and keeps its turn, since the function goes on', async () => {
    const { client } = lambda(() => new Promise(() => undefined));

    expect(await converterOf(client).convert(merge, context({ isWanted: async () => false }))).toBeUndefined();
    expect(turnsHeld).toBe(1);
  });

  it.each([
    ['made', async () => ({ bytes: Buffer.from('x'), warnings: [] })],
    ['not made', async () => Promise.reject(new PrintError('bad-content', 'No page.'))],
  ])('ends its turn when it is %s', async (_what, convert) => {
    const { client } = renderWith(convert);

    await converterOf(client)
      .convert(merge, context())
      .catch(() => undefined);

    expect(turnsHeld).toBe(0);
  });

  it('is not begun when its company has no turn left, or Lambda no room', async () => {
    const full = lambda(async () => Promise.reject(Object.assign(new Error(), { name: 'TooManyRequestsException' })));
    await expect(converterOf(full.client).convert(merge, context())).rejects.toMatchObject({ code: 'busy' });

    turnsHeld = undefined;
    const { client, calls } = lambda(async () => ended);
    await expect(converterOf(client).convert(merge, context())).rejects.toMatchObject({ code: 'busy' });
    expect(calls()).toBe(0);
  });

  it('names its company to Lambda if each company has environments of its own', async () => {
    const tenants: (string | undefined)[] = [];
    const { client } = lambda(async (_request, { TenantId }) => {
      tenants.push(TenantId);
      return ended;
    });

    await converterOf(client, true)
      .convert(merge, context())
      .catch(() => undefined);
    await converterOf(client)
      .convert(merge, context())
      .catch(() => undefined);

    expect(tenants).toEqual(['acme', 'acme', undefined, undefined]);
  });

  it('is made without any variable of AWS in the request', async () => {
    const requests: RenderRequest[] = [];
    const { client } = lambda(async request => {
      requests.push(request);
      return ended;
    });

    await converterOf(client)
      .convert(merge, context())
      .catch(() => undefined);

    expect(Object.keys(requests[0] as RenderRequest).sort()).toEqual(['companyId', 'conversion', 'output', 'sources']);
    expect(requests[0]?.sources[0]).toBeNull();
  });
});
