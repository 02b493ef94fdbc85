import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';

const json = { 'content-type': 'application/json' };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

interface Upload {
  id: string;
  state: string;
  partOctets: number;
  present: number[];
  missing: { part: number; octets: number; url: string }[];
}

describe('a direct upload', () => {
  let machine: Machine;
  const document = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(20_000_000)]);
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  const post = async <T>(path: string, body?: object) => {
    const answer = await machine.call('POST', path, body && JSON.stringify(body), body && json);
    return { status: answer.status, body: (await answer.json()) as T };
  };
  const open = async (body: object) => (await post<Upload>('/platen/v1/uploads', body)).body;
  const get = async (id: string) => JSON.parse(await machine.text('GET', `/platen/v1/uploads/${id}`)) as Upload;
  const putPart = (upload: Upload, part: number, bytes = partOf(upload, part)) => {
    const address = upload.missing.find(entry => entry.part === part);
    return fetch(address?.url ?? '', { method: 'PUT', body: bytes });
  };
  const partOf = ({ partOctets }: Upload, part: number) =>
    document.subarray((part - 1) * partOctets, part * partOctets);

  it('accepts parts in any order, resumes in another process and after a killed server, and prints the document', async () => {
    const upload = await open({ octets: document.length, name: 'direct.pdf', sha256: sha256(document) });
    expect(upload.missing.map(({ part }) => part)).toEqual([1, 2, 3]);
    expect((await putPart(upload, 3)).status).toBe(200);
    await machine.end('SIGKILL');
    await machine.start();

    const resumed = await get(upload.id);
    expect(resumed.present).toEqual([3]);
    for (const part of [2, 1]) expect((await putPart(resumed, part)).status).toBe(200);
    const completed = await post<Upload>(`/platen/v1/uploads/${upload.id}/complete`);
    const again = await post<Upload>(`/platen/v1/uploads/${upload.id}/complete`);
    const { body } = await post<{ jobs: { id: string }[] }>('/platen/v1/jobs', {
      printer: 'office:folder',
      document: { uploadId: upload.id },
    });

    expect(completed.body.state).toBe('completed');
    expect(again.body).toEqual(completed.body);
    await until(async () => (await machine.job('folder', body.jobs[0]?.id ?? '')).State === 2);
    const name = readdirSync(join(machine.data, 'printed')).find(file => file.startsWith('direct')) as string;
    expect(sha256(readFileSync(join(machine.data, 'printed', name)))).toBe(sha256(document));
  });

  it('accepts a part again, and the last octets count', async () => {
    const small = Buffer.from('the right octets');
    const upload = await open({ octets: small.length, sha256: sha256(small) });

    await putPart(upload, 1, Buffer.from('the wrong octets'));
    await putPart(upload, 1, small);

    expect((await post<Upload>(`/platen/v1/uploads/${upload.id}/complete`)).body).toMatchObject({
      state: 'completed',
      sha256: sha256(small),
    });
  });

  it('accepts a small document in one request', async () => {
    const answer = await machine.call('POST', '/platen/v1/uploads?name=small.txt', Buffer.from('small'));

    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      state: 'completed',
      octets: 5,
      name: 'small.txt',
      format: 'text/plain',
    });
  });

  it('names parts that are missing or have the wrong size', async () => {
    const upload = await open({ octets: document.length });
    await putPart(upload, 1, Buffer.from('too short'));

    const { status, body } = await post<{ error: { message: string } }>(`/platen/v1/uploads/${upload.id}/complete`);

    expect(status).toBe(409);
    expect(body.error.message).toContain('1, 2, 3');
  });

  it('refuses a small document with another digest at once, and a large one when it is prepared', async () => {
    const small = await open({ octets: 5, sha256: '0'.repeat(64) });
    await putPart(small, 1, Buffer.from('hello'));
    const refused = await post<{ error: { message: string } }>(`/platen/v1/uploads/${small.id}/complete`);

    const large = await open({ octets: document.length, sha256: '0'.repeat(64) });
    for (const part of [1, 2, 3]) await putPart(large, part);
    await post(`/platen/v1/uploads/${large.id}/complete`);
    const { body } = await post<{ jobs: { id: string }[] }>('/platen/v1/jobs', {
      printer: 'office:folder',
      document: { uploadId: large.id },
    });

    expect(refused.body.error.message).toMatch(/SHA-256 differs/);
    const id = body.jobs[0]?.id ?? '';
    await until(async () => /SHA-256 differs/.test((await machine.job('folder', id)).Message as string));
  });

  it('accepts nothing at a modified address, or after the upload has ended', async () => {
    const upload = await open({ octets: 5 });
    const url = upload.missing[0]?.url ?? '';

    const tampered = await fetch(
      url.replace(/.(?=.{9}$)/, one => (one === 'A' ? 'B' : 'A')),
      { method: 'PUT', body: 'hello' },
    );
    await machine.call('DELETE', `/platen/v1/uploads/${upload.id}`);
    const late = await fetch(url, { method: 'PUT', body: 'hello' });

    expect(tampered.status).toBe(403);
    expect(late.status).toBe(404);
    expect((await get(upload.id)).state).toBe('aborted');
  });

  it('accepts no segments', async () => {
    const upload = await open({ octets: 5 });

    expect(await machine.text('PUT', `/api/putsegment?file=${upload.id}&index=0`, 'hello')).toMatch(/^Error: /);
  });

  it.each([
    [{ octets: 0 }, 400],
    [{ octets: -1 }, 400],
    [{ octets: 'many' }, 400],
    [{ octets: 3 * 1024 ** 3 }, 413],
    [{ octets: 5, sha256: 'xyz' }, 400],
    [{ octets: 5, name: 'a\u0000b' }, 400],
  ])('refuses %j', async (body, status) => {
    const answer = await post<{ error: { message: string } }>('/platen/v1/uploads', body);

    expect(answer.status).toBe(status);
    expect(answer.body.error.message).not.toBe('');
  });
});
