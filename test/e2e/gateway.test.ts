import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

describe('the gateway of one machine', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  const jobs = async () => JSON.parse(await machine.text('GET', '/platen/v1/jobs')).jobs.length;

  it.each([
    ['beyond the 10 MB of the gateway', 10 * 1024 * 1024 + 1],
    ['beyond the 6 MB of a function, counted in base64', 4_800_000],
  ])('refuses a body %s in the dialect, and ignores it', async (_title, octets) => {
    const answer = await machine.call('PUT', '/api/putfile?targets=office:folder', randomBytes(octets));

    expect(answer.status).toBe(413);
    expect(await answer.text()).toMatch(/^Error: .*putsegment/);
    expect(await jobs()).toBe(0);
  });

  it('accepts a body up to the limit', async () => {
    const answer = await machine.call('PUT', '/api/putfile', randomBytes(4_400_000));

    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/^[0-9a-f]{32}$/);
  });

  it('ignores a truncated body', async () => {
    const { endpoint, key } = machine.facts;
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `PUT /api/putfile?targets=office:folder HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 1000\r\n\r\nhalf`,
    );
    socket.end();
    await once(socket.resume(), 'close');

    expect(await jobs()).toBe(0);
  });

  it('limits the request line and the header fields as API Gateway does', async () => {
    const pathOf = (octets: number) => `/api/get/device/main/office/folder?x=${'x'.repeat(octets)}`;

    const [short, long] = [await machine.call('GET', pathOf(9_000)), await machine.call('GET', pathOf(10_300))];

    expect(short.status).toBe(200);
    expect(long.status).toBe(431);
    expect(await long.text()).toMatch(/10240 octets/);
  });

  it('refuses a path that cannot be decoded', async () => {
    const answer = await machine.call('GET', '/api/get/device/main/office/%E0%A4%A');

    expect(answer.status).toBe(400);
  });

  it('decodes an encoded slash in a name, as API Gateway does', async () => {
    const answer = await machine.call('GET', '/api/get/device/main/office/fol%2Fder');

    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/^Error: /);
  });

  it('answers preflight requests, and lets pages of any origin read every response, including errors', async () => {
    const origin = { origin: 'https://app.example' };
    const preflight = await fetch(`${machine.facts.endpoint}/api/putfile`, { method: 'OPTIONS', headers: origin });
    const refusal = await fetch(`${machine.facts.endpoint}/api/tempfile`, { headers: origin });

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(refusal.status).toBe(401);
    expect(refusal.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('refuses text that is not UTF-8, which API Gateway would change, with the type to send', async () => {
    const octets = Buffer.from([0xff, 0xfe, 0x00, 0x80]);

    const refusal = await machine.call('PUT', '/api/putfile', octets, { 'content-type': 'text/plain' });

    expect(refusal.status).toBe(415);
    expect(await refusal.text()).toMatch(/^Error: .*application\/octet-stream/);
  });

  it('stores octets of any other type as they are', async () => {
    const octets = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const type = { 'content-type': 'application/octet-stream' };
    const file = await (await machine.call('PUT', '/api/putfile', octets, type)).text();
    const id = await machine.text('GET', `/api/submitfile?file=${file}&targets=office:folder`);

    expect(await machine.job('folder', id)).toMatchObject({ Size: 4 });
  });
});
