import { readdirSync } from 'node:fs';
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { countPages } from '../../shared/adapters/convert/pdf/pdf-reader.ts';

interface Call {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The customer's site: serves files, receives callbacks. */
class Customer {
  readonly calls: Call[] = [];
  readonly files = new Map<string, { body: string | Buffer; type: string }>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const file = this.files.get(path);
        if (!file) this.calls.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(path === '/fails' ? 500 : 200, { 'content-type': file?.type ?? 'text/plain' });
        response.end(file?.body ?? 'thanks');
      });
    });
  }

  async open(host: string): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, host, resolve));
    return this;
  }

  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  callsTo(path: string): Call[] {
    return this.calls.filter(call => call.path === path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

let machine: Machine;
let customer: Customer;
let fivePages: Buffer;
beforeAll(async () => {
  customer = await new Customer().open('127.0.0.1');
  fivePages = await makePdf(5);
  customer.files.set('/five.pdf', { body: fivePages, type: 'application/pdf' });
  customer.files.set('/page.html', { body: '<h1>A page of theirs</h1>', type: 'text/html' });
  machine = await Machine.make(['--allow-fetch', '127.0.0.1']);
  await machine.start();
});
afterAll(async () => {
  await machine.remove();
  await customer.close();
});

async function makePdf(pages: number): Promise<Buffer> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= pages; page++) document.addPage().drawText(`page ${page}`, { x: 50, y: 700, font });
  return Buffer.from(await document.save());
}

/** The fields of responses that are used here. */
interface Reply {
  status: number | string;
  error: boolean;
  url: string;
  presignedUrl: string;
  jobId: string;
  printJobIds: string[];
  remainingCredits: number;
}

/** A request as most clients send it. */
async function post(path: string, values: object): Promise<Reply & { httpStatus: number }> {
  const response = await machine.call('POST', path, JSON.stringify(values), {
    authorization: '',
    'x-api-key': machine.facts.key,
    'content-type': 'application/json',
  });
  return { httpStatus: response.status, ...((await response.json()) as Reply) };
}

const sendRaw = async (path: string, init: RequestInit): Promise<Reply> => {
  const headers = { 'x-api-key': machine.facts.key, ...init.headers };
  return (await (await fetch(machine.facts.endpoint + path, { ...init, headers })).json()) as Reply;
};

/** As the vendor's Node samples do it: without redirects, without a key. */
function download(url: string): Promise<{ status: number; type: string; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          bytes: Buffer.concat(chunks),
        }),
      );
    }).on('error', reject);
  });
}

async function ended(jobId: string): Promise<Reply> {
  return await until(async () => {
    const check = await post('/v1/job/check', { jobid: jobId });
    return check.status === 'working' ? undefined : check;
  });
}

const textsOf = async (pdf: Buffer) => (await textOfPdf(pdf)).map(text => text.replace(/\s+/g, ' ').trim());

describe('requests of the vendor’s n8n node', () => {
  it('verify the key and return the merged PDF', async () => {
    const { endpoint, key } = machine.facts;
    const json = { 'content-type': 'application/json' };
    const good = await fetch(`${endpoint}/v1/account/credit/balance`, { headers: { ...json, 'x-api-key': key } });
    const bad = await fetch(`${endpoint}/v1/account/credit/balance`, { headers: { ...json, 'x-api-key': 'wrong' } });
    expect([good.status, bad.status]).toEqual([200, 401]);
    expect(((await good.json()) as Reply).remainingCredits).toBeTypeOf('number');

    const place = await sendRaw('/v1/file/upload/get-presigned-url?name=five.pdf', { headers: json });
    const put = await fetch(place.presignedUrl, {
      method: 'PUT',
      body: new Uint8Array(fivePages),
      headers: { 'content-type': 'application/octet-stream', 'x-api-key': key },
    });
    expect([put.status, await put.text()]).toEqual([200, '']);

    const started = await post('/v1/pdf/merge', { url: `${place.url}, ${place.url}`, async: true, name: 'both.pdf' });
    expect(started).toMatchObject({ error: false, status: 200, name: 'both.pdf' });
    const check = await ended(started.jobId);
    expect(check).toMatchObject({ status: 'success', url: started.url, pageCount: 10 });

    const result = await download(started.url);
    expect([result.status, result.type]).toEqual([200, 'application/pdf']);
    expect(await countPages(result.bytes)).toBe(10);
  });

  it('return a list of files', async () => {
    const started = await post('/v1/pdf/split', { url: `${customer.address}/five.pdf`, pages: '1-2,3-', async: true });
    await ended(started.jobId);

    const list = JSON.parse((await download(started.url)).bytes.toString()) as string[];
    const last = await download(list[1] as string);

    expect(list.map(url => url.split('/').at(-1))).toEqual(['five_page1-2.pdf', 'five_page3-5.pdf']);
    expect(await textsOf(last.bytes)).toEqual(['page 3', 'page 4', 'page 5']);
  });
});

describe('requests of the vendor’s samples', () => {
  it('may be forms with booleans as Python writes them', async () => {
    const body = new URLSearchParams({
      html: '<p>from a form',
      name: 'form.pdf',
      async: 'True',
      margins: '10px',
      encrypt: 'False',
      pages: '',
    });
    const started = await sendRaw('/v1/pdf/convert/from/html', { method: 'POST', body });
    const byGet = () => sendRaw(`/v1/job/check?jobid=${started.jobId}`, { method: 'GET' });

    const check = await until(async () => {
      const reply = await byGet();
      return reply.status === 'working' ? undefined : reply;
    });

    expect(check.status).toBe('success');
    expect(await textsOf((await download(check.url)).bytes)).toEqual(['from a form']);
  });

  it('may be multipart forms, and JSON with a form’s Content-Type or none', async () => {
    const form = new FormData();
    form.set('url', `${customer.address}/five.pdf`);
    form.set('inline', 'true');
    form.set('pages', '0');
    const json = JSON.stringify({ url: `${customer.address}/five.pdf`, inline: true, pages: '0' });
    const path = '/v1/pdf/convert/to/text';

    const reply = [
      await sendRaw(path, { method: 'POST', body: form }),
      await sendRaw(path, {
        method: 'POST',
        body: json,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      await sendRaw(path, { method: 'POST', body: new Uint8Array(Buffer.from(json)) }),
    ];

    for (const answer of reply)
      expect(answer).toMatchObject({ body: 'page 1\n', error: false, status: 200, pageCount: 1 });
  });
});

describe('conversions', () => {
  it('of HTML fill templates in, and stamp headers and footers', async () => {
    const { url } = await post('/v1/pdf/convert/from/html', {
      html: '<p>Dear {{name}},</p>{{#items}}<p>{{.}}</p>{{/items}}',
      templateData: JSON.stringify({ name: 'Ada & Co', items: ['one', 'two'] }),
      header: '<b>Our letter</b>',
      footer: 'page <span class="pageNumber"></span> of <span class="totalPages"></span>',
      paperSize: 'A5',
      margins: '20mm',
    });

    const [text] = await textsOf((await download(url)).bytes);

    expect(text).toContain('Dear Ada & Co, one two');
    expect(text).toContain('Our letter');
    expect(text).toContain('page 1 of 1');
  });

  it.each([
    [{ paperSize: '96mm 48mm', orientation: 'Portrait' }, 272, 136],
    [{ paperSize: '96mm 48mm', orientation: 'Landscape' }, 272, 136],
    [{ paperSize: '48mm 96mm', orientation: 'Landscape' }, 272, 136],
    [{ paperSize: 'Ledger' }, 1224, 792],
    [{ paperSize: 'A4' }, 596, 842],
  ])('of HTML use the paper %j', async (layout, width, height) => {
    const { url } = await post('/v1/pdf/convert/from/html', { html: '<p>label', ...layout });

    const [page] = (await PDFDocument.load((await download(url)).bytes)).getPages();

    expect(page?.getWidth()).toBeCloseTo(width, -1);
    expect(page?.getHeight()).toBeCloseTo(height, -1);
  });

  it('of pages accept addresses and uploaded pages', async () => {
    const file = Buffer.from('<h1>uploaded page</h1>').toString('base64');
    const uploaded = await post('/v1/file/upload/base64', { file, name: 'own.html' });
    const pages = [`${customer.address}/page.html`, uploaded.url];

    const texts = [];
    for (const url of pages) {
      const made = await post('/v1/pdf/convert/from/url', { url });
      texts.push(...(await textsOf((await download(made.url)).bytes)));
    }

    expect(texts).toEqual(['A page of theirs', 'uploaded page']);
  });

  it('of images create one page for each', async () => {
    const image = sharp({ create: { width: 40, height: 20, channels: 3, background: 'teal' } });
    const urls = [];
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const) {
      customer.files.set(`/image.${format}`, {
        body: await image.clone().toFormat(format).toBuffer(),
        type: `image/${format}`,
      });
      urls.push(`${customer.address}/image.${format}`);
    }

    expect(await post('/v1/pdf/convert/from/image', { url: urls.join(',') })).toMatchObject({
      status: 200,
      pageCount: 5,
    });
  });

  it('can be printed as well', async () => {
    const made = await post('/v1/pdf/convert/from/html', {
      html: '<p>paper',
      name: 'on-paper.pdf',
      printer: 'office:folder',
    });
    const check = await ended(made.printJobIds[0] as string);

    expect(check).toMatchObject({ status: 'success', error: false });
    const printed = readdirSync(join(machine.data, 'printed'));
    expect(printed.filter(name => name.startsWith('on-paper'))).toHaveLength(1);
  });
});

describe('callbacks', () => {
  it('are posted at the end, with the credentials of their address', async () => {
    const callback = customer.address.replace('http://', 'http://user:p%40ss@');
    const started = await post('/v1/pdf/info', {
      url: `${customer.address}/five.pdf`,
      callback: `${callback}/end?x=1`,
    });
    const call = await until(() => customer.callsTo('/end?x=1')[0]);

    expect(call.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(JSON.parse(call.body)).toMatchObject({ status: 'success', jobId: started.jobId, url: started.url });
  });

  it('are attempted three times', async () => {
    const started = await post('/v1/pdf/info', {
      url: `${customer.address}/page.html`,
      callback: `${customer.address}/fails`,
    });
    await until(() => customer.callsTo('/fails').length === 3);

    const bodies = customer.callsTo('/fails').map(call => JSON.parse(call.body));
    for (const body of bodies) expect(body).toMatchObject({ status: 'failed', jobId: started.jobId, errorCode: 442 });
  });

  it.each(['http://127.0.0.2:1/x', 'http://169.254.169.254/', 'http://0x0a.1/', 'https://[::1]/'])(
    'at the private address %s, which is not allowed, are refused before any work begins',
    async callback => {
      const answer = await post('/v1/pdf/info', { url: `${customer.address}/five.pdf`, callback });

      expect(answer).toMatchObject({ error: true, status: 452, httpStatus: 452 });
      expect(answer.jobId).toBeUndefined();
    },
  );
});

describe('bad input', () => {
  it('at private addresses is refused', async () => {
    for (const url of ['http://169.254.169.254/latest/meta-data/', 'http://127.0.0.2:1/', 'http://[::1]/']) {
      expect(await post('/v1/pdf/info', { url })).toMatchObject({ error: true, status: 400, httpStatus: 400 });
      expect(await post('/v1/pdf/convert/from/url', { url })).toMatchObject({ error: true, status: 400 });
    }
  });

  it('that is an image of 30,000 by 30,000 pixels is refused', async () => {
    customer.files.set('/bomb.png', { body: blackPng(30_000), type: 'image/png' });

    expect(await post('/v1/pdf/convert/from/image', { url: `${customer.address}/bomb.png` })).toMatchObject({
      error: true,
      status: 413,
      message: expect.stringContaining('pixels'),
    });
  });

  it('beyond the last page, of another type, or over 4 MB, has its own error code', async () => {
    const url = `${customer.address}/five.pdf`;

    expect(await post('/v1/pdf/split', { url, pages: '9' })).toMatchObject({ status: 449, httpStatus: 449 });
    expect(await post('/v1/pdf/split', { url, pages: 'x' })).toMatchObject({ status: 450 });
    expect(await post('/v1/pdf/info', { url: `${customer.address}/page.html` })).toMatchObject({ status: 442 });
    expect(await post('/v1/pdf/convert/from/html', { html: 'x'.repeat(5e6) })).toMatchObject({ status: 413 });
    expect(await post('/v1/pdf/convert/from/html', { html: 'x'.repeat(11e6) })).toMatchObject({ status: 413 });
  });

  it('of a truncated PDF ends in an error, and no job keeps running', async () => {
    const calls = [
      '/v1/pdf/info',
      '/v1/pdf/split',
      '/v1/pdf/convert/to/text',
      '/v1/pdf/convert/to/png',
      '/v1/pdf/merge2',
    ];
    const damages = fc.sample(
      fc.record({ at: fc.nat(fivePages.length - 1), octets: fc.uint8Array({ maxLength: 64 }), cut: fc.nat(400) }),
      {
        numRuns: 40,
        seed: 20260102,
      },
    );
    const jobs: string[] = [];
    for (const [index, { at, octets, cut }] of damages.entries()) {
      const damaged = Buffer.concat([fivePages.subarray(0, at), octets, fivePages.subarray(at + cut)]);
      const { url } = await post('/v1/file/upload/base64', { file: damaged.toString('base64'), name: 'damaged.pdf' });
      const isAsync = index % 4 === 0;
      const reply = await post(calls[index % calls.length] as string, { url, async: isAsync });
      expect([200, 441, 442, 415]).toContain(reply.httpStatus);
      expect(reply.status).toBe(reply.httpStatus);
      expect(reply.error).toBe(reply.status !== 200);
      if (isAsync) jobs.push(reply.jobId);
    }

    for (const jobId of jobs) expect((await ended(jobId)).status).toMatch(/^(success|failed)$/);
  });
});

describe('credits', () => {
  it('set by an operator are spent, and then refused', async () => {
    const limited = await Machine.make(['--credits', '1']);
    try {
      await limited.start();
      const headers = { 'x-api-key': limited.facts.key };
      const ask = async () => {
        const response = await limited.call('POST', '/v1/barcode/generate', JSON.stringify({ value: 'x' }), headers);
        return (await response.json()) as Reply;
      };
      const first = await ask();

      expect(first).toMatchObject({ status: 200, remainingCredits: 0 });
      expect(await ask()).toMatchObject({ error: true, status: 402, remainingCredits: 0 });
    } finally {
      await limited.remove();
    }
  });
});

/** One bit a pixel: a small file and a large image [PNG, RFC 2083]. */
function blackPng(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(side / 8)) * side));
  const magic = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}
