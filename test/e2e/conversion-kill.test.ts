import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';
import { openSite } from './web-page.ts';

describe('a server that is killed while it renders', () => {
  let machine: Machine;
  let site: Awaited<ReturnType<typeof openSite>>;
  const asked: ServerResponse[] = [];
  beforeAll(async () => {
    // the first caller never receives an answer
    site = await openSite((_request, response) => {
      asked.push(response);
      if (asked.length > 1) response.setHeader('content-type', 'text/html').end('<p>at last</p>');
    });
    machine = await Machine.make(['--allow-fetch', new URL(site.origin).host]);
    await machine.start();
  });
  afterAll(async () => {
    await machine.remove();
    await site.close();
  });

  it('continues the job after a restart, and the same token returns the document', async () => {
    const licence = `Basic ${Buffer.from(`${machine.facts.key}:`).toString('base64')}`;
    const call = async (method: string, path: string, body?: object) => {
      const headers = { authorization: licence };
      const url = `${machine.facts.endpoint}/api/v1/printHtml/${path}`;
      return await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    };
    const bodyOf = async (answer: Response) => (await answer.json()) as { jobIdentifier: string; status: number };
    const { jobIdentifier } = await bodyOf(await call('POST', 'print', { contentType: 1, content: site.origin }));
    await until(() => asked.length === 1);

    await machine.end('SIGKILL');
    await machine.start();
    await until(async () => (await bodyOf(await call('GET', `status/${jobIdentifier}`))).status === 6);
    const download = await call('GET', `download/${jobIdentifier}`);

    expect((await textOfPdf(new Uint8Array(await download.arrayBuffer()))).join()).toContain('at last');
  });
});
