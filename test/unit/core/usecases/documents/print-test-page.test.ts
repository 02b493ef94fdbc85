import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobId } from '../../../../../shared/core/domain/ids.ts';
import type { Device } from '../../../../../shared/core/domain/printer.ts';
import { company, key, openWorld, type World } from '../../../world.ts';

const zpl = 'application/vnd.zebra-zpl';

describe('the test page', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  async function deviceIs(device: Partial<Device>): Promise<void> {
    const printer = await world.ports.registry.getPrinter(company, { locationId: 'office', deviceId: 'laser' });
    if (!printer) throw new Error('The world has no laser.');
    const known = { deviceId: 'laser', scheme: 'ipp', attributes: {}, state: 'idle' as const, stateReasons: [] };
    await world.ports.registry.savePrinter({ ...printer, name: 'Desk ^XZ~<b>é', device: { ...known, ...device } });
  }

  async function print(body?: object, headers: Record<string, string> = {}, printer = 'office:laser') {
    const answer = await world.call({
      method: 'POST',
      path: `/platen/v1/printers/${printer}/test-page`,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: body && JSON.stringify(body),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
  }

  async function textOf(jobId: string): Promise<string> {
    const job = await world.ports.jobs.get(jobId as JobId);
    const key = job?.document?.key ?? (job?.source.kind === 'conversion' ? job.source.key : '');
    return await text((await world.ports.documents.read(key)) as Readable);
  }

  it.each([
    ['a printer that takes PDF', { 'document-format-supported': ['application/pdf', zpl] }, 'ipp', 'html'],
    ['a printer that takes rasters', { 'document-format-supported': ['image/urf'] }, 'ipp', 'html'],
    ['a folder', {}, 'file', 'html'],
    ['a label printer', { 'document-format-supported': [zpl] }, 'ipp', 'zpl'],
    ['a printer of text', { 'document-format-supported': ['text/plain'] }, 'ipp', 'text'],
    ['a raw port', {}, 'socket', 'text'],
    ['an LPD queue', {}, 'lpd', 'text'],
  ])(
    'is in the language of %s, and names printer, location, company and time',
    async (_printer, attributes, scheme, language) => {
      await deviceIs({ attributes, scheme });

      const { status, body } = await print();
      const page = await textOf(body.jobs[0].id);

      expect([status, body.jobs[0].name]).toEqual([201, 'Test page']);
      for (const word of ['office:laser', 'Office', 'acme', '2026-01-02 03:04:05 UTC']) expect(page).toContain(word);
      if (language === 'html') expect(JSON.parse(page).content.html).toContain('Desk ^XZ~&#60;b&#62;é');
      if (language === 'zpl') expect(page).toMatch(/^\^XA[\s\S]*Name: Desk _5eXZ_7e_3cb_3e_c3_a9\^FS[\s\S]*\^XZ\n$/);
      if (language === 'text') expect(page).toMatch(/^Test page\r\n\r\nName: Desk \^XZ~<b>e\r\n[\s\S]*\r\n\f$/);
    },
  );

  it('is in the language that was asked for', async () => {
    await deviceIs({ scheme: 'socket' });

    const { body } = await print({ language: 'zpl' });

    expect(body.jobs[0].format).toBe(zpl);
  });

  it('is one job however often the call is repeated', async () => {
    await deviceIs({ scheme: 'socket' });
    const once = { 'idempotency-key': 'a click' };

    const first = await print(undefined, once);
    world.wait(5000);
    const second = await print(undefined, once);

    expect(second.body.jobs[0].id).toBe(first.body.jobs[0].id);
  });

  it('is refused for a printer that takes none of its languages, is inactive or unknown', async () => {
    await deviceIs({ attributes: { 'document-format-supported': ['application/vnd.epson.escpos'] } });

    expect((await print()).body.detail).toBe(
      'office:laser takes none of the languages of the test page: pdf, zpl, text.',
    );
    expect((await print({}, {}, 'office:asleep')).body.code).toBe('printer-not-accepting');
    expect((await print({}, {}, 'office:nowhere')).status).toBe(404);
    expect((await print({ language: 'pcl' })).status).toBe(400);
  });
});

describe('the call that identifies a printer', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  async function identify(printer: string) {
    const answer = await world.call({
      method: 'POST',
      path: `/platen/v1/printers/${printer}/identify`,
      headers: { authorization: `Bearer ${key}` },
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
  }

  async function offer(actions: string[], online: boolean): Promise<void> {
    const { registry } = world.ports;
    const printer = await registry.getPrinter(company, { locationId: 'office', deviceId: 'laser' });
    const location = await registry.getLocation(company, 'office');
    if (!printer || !location) throw new Error('The world has no laser.');
    const attributes = { 'identify-actions-supported': actions };
    const device = { deviceId: 'laser', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] };
    await registry.savePrinter({ ...printer, device });
    await registry.saveLocation({ ...location, online });
  }

  it('asks the relay', async () => {
    await offer(['flash', 'sound'], true);

    const answer = await identify('office:laser');

    expect(answer).toEqual({ status: 202, body: { printer: 'office:laser', actions: ['flash', 'sound'] } });
    expect(world.sent.at(-1)?.message).toEqual({ type: 'identify', deviceId: 'laser' });
  });

  it('is refused while the relay is offline, and for a printer that does not offer it', async () => {
    await offer(['flash'], false);
    const before = world.sent.length;

    expect((await identify('office:laser')).body.detail).toBe(
      'The relay of office is offline, so office:laser cannot be reached.',
    );
    expect(await identify('office:label')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("does not offer IPP's operation Identify-Printer") },
    });
    expect((await identify('office:nowhere')).status).toBe(404);
    expect(world.sent.length).toBe(before);
  });
});
