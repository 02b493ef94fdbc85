import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Company } from '../../../../../shared/core/domain/company.ts';
import type { JobId } from '../../../../../shared/core/domain/ids.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { company, key, openWorld, type Request, type World } from '../../../world.ts';

const minute = 60_000;

describe('the quota of stored octets', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const limit = async (storedOctets: number | undefined) => {
    const known = (await world.ports.registry.getCompany(company)) as Company;
    await world.ports.registry.saveCompany({ ...known, storedOctets });
  };
  const stored = async () => (await world.ports.documents.list(`companies/${company}/`)).map(({ octets }) => octets);
  const json = (path: string, headers: Record<string, string>, body: object): Request => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const cirrus = (method: string, path: string, query = '', body?: string): Request => ({
    method,
    path: `/api/${path}`,
    query,
    headers: { authorization: `Bearer ${key}` },
    body,
  });
  const isTaken = async (request: Request) => !(await world.call(request)).body?.includes('may keep');
  const put = () => isTaken(cirrus('PUT', 'putfile', 'targets=office:laser', 'hello'));
  const basic = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  const platen = (path: string, body: object) => json(`/platen/v1/${path}`, { 'x-api-key': key }, body);

  it.each<[door: string, request: Request, status: number, body: RegExp]>([
    [
      'a document of Platen',
      platen('jobs', { printer: 'office:laser', document: { base64: 'aGVsbG8=' } }),
      400,
      /"code":"too-many"/,
    ],
    ['an upload by parts', platen('uploads', { octets: 5 }), 400, /"code":"too-many"/],
    [
      'a page of ScriptX',
      json('/api/v1/printHtml/print', { authorization: basic }, { contentType: 2, content: 'x' }),
      202,
      /may keep 4 bytes/,
    ],
    [
      'a page of PDF.co',
      json('/v1/pdf/convert/from/html', { 'x-api-key': key }, { html: 'x', async: true }),
      400,
      /may keep 4 bytes/,
    ],
    [
      'a document of CirrusPrint',
      cirrus('PUT', 'putfile', 'targets=office:laser', 'hello'),
      200,
      /^Error: The company may keep 4 bytes/,
    ],
    ['a file of CirrusPrint', cirrus('PUT', 'putfile', '', 'hello'), 200, /^Error: The company may keep 4 bytes/],
  ])('refuses %s before it is stored', async (_door, request, status, body) => {
    await limit(4);
    const refused = await world.call(request);
    const kept = await stored();
    await limit(undefined);

    expect([refused.statusCode, refused.body]).toEqual([status, expect.stringMatching(body)]);
    expect(kept).toEqual([]);
    expect((await world.call(request)).body).not.toMatch(/may keep/);
  });

  it('is free again when documents are deleted', async () => {
    await limit(12);
    const answers = [await put(), await put(), await put()];
    const [first] = await world.ports.documents.list(`companies/${company}/`);
    await world.ports.documents.delete([first?.key as string]);
    world.wait(minute);

    expect(answers).toEqual([true, true, false]);
    expect([await put(), await put()]).toEqual([true, false]);
  });

  it('refuses a submit of segments, which may be submitted when there is room', async () => {
    await limit(4);
    const file = (await world.call(cirrus('GET', 'tempfile'))).body;
    await world.call(cirrus('PUT', 'putsegment', `file=${file}&index=0`, 'hello'));
    const submit = () => isTaken(cirrus('GET', 'submitfile', `file=${file}&targets=office:laser`));

    const refused = await submit();
    const next = await world.call(cirrus('PUT', 'putsegment', `file=${file}&index=5`, '!'));
    await limit(6);

    expect([refused, next.body]).toEqual([false, '1']);
    expect([await submit(), await stored()]).toEqual([true, [6]]);
  });

  it('counts what is made of a document', async () => {
    await limit(2000);
    const page = json('/v1/pdf/convert/from/html', { 'x-api-key': key }, { html: '<p>', async: true });
    const { jobId } = JSON.parse((await world.call(page)).body ?? '') as { jobId: JobId };
    const converter = { convert: async () => ({ bytes: Buffer.alloc(1999), warnings: [] }) };

    await prepareJobs({ ...world.ports, converter }, { jobIds: [jobId] });

    expect(await stored()).toEqual([1999]);
    expect(await isTaken(page)).toBe(false);
  });
});
