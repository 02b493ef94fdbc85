import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { carryOut, type Given } from '../../../cli/command.ts';
import { connectionOf, saveConnection, userCommand } from '../../../cli/user/connection.ts';
import { htmlCommand } from '../../../cli/user/html.ts';
import { loginCommand } from '../../../cli/user/login.ts';
import { ClientError } from '../../../client/index.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';

const own = { endpoint: 'https://print.example', key: 'own' };
const given = { endpoint: [own.endpoint], key: [own.key] };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'platen-home-'));
  vi.stubEnv('HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await rm(home, { recursive: true });
});

/** The API: answers by method and path. */
const answering = (answers: Record<string, object | Blob>) =>
  vi.stubGlobal('fetch', async (url: string, { method = 'GET' }: RequestInit) => {
    const answer = answers[`${method} ${new URL(url).pathname}`];
    if (answer) return answer instanceof Blob ? new Response(answer) : Response.json(answer);
    return Response.json({ code: 'unauthorized', detail: 'The key is not known.' }, { status: 401 });
  });

describe('the connection of a command', () => {
  it('is the one that is named, or that of a data folder, or that of the last login', async () => {
    await writeFile(join(home, 'platen.json'), JSON.stringify({ ...own, key: 'of the server', printers: [] }));
    await saveConnection({ ...own, key: 'of the login' });

    expect(await connectionOf({ ...given, data: [home] })).toEqual(own);
    expect(await connectionOf({ data: [home] })).toEqual({ ...own, key: 'of the server' });
    expect(await connectionOf({})).toEqual({ ...own, key: 'of the login' });
  });

  it.each<[what: string, given: Given, text: RegExp]>([
    ['an address alone', { endpoint: ['https://print.example'] }, /^--endpoint and --key go together\.$/],
    ['a key alone', { key: ['k'] }, /go together/],
    [
      'a folder without a server',
      { data: ['/nowhere'] },
      /^No connection: there is no \/nowhere\/platen\.json\. Use "login/,
    ],
  ])('is not %s', async (_what, wrong, text) => {
    await expect(connectionOf(wrong)).rejects.toThrow(UsageError);
    await expect(connectionOf(wrong)).rejects.toThrow(text);
  });

  it('is not read from a damaged file', async () => {
    await mkdir(join(home, 'data'));
    await writeFile(join(home, 'data', 'platen.json'), '{');

    await expect(connectionOf({ data: [join(home, 'data')] })).rejects.toThrow(/platen\.json cannot be read: /);
  });
});

describe('login', () => {
  const file = () => join(home, '.config', 'platen', 'connection.json');

  it('keeps a connection that works for its owner alone', async () => {
    answering({ 'GET /platen/v1/printers': { printers: [{}, {}] } });
    await mkdir(join(home, '.config', 'platen'), { recursive: true });
    await writeFile(file(), '{}', { mode: 0o644 });

    const { json, lines } = await carryOut(loginCommand, given);

    expect([json, lines]).toEqual([{ file: file() }, [`Connected; 2 printers. Kept in ${file()}.`]]);
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(own);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('keeps no connection that is refused', async () => {
    answering({});

    await expect(carryOut(loginCommand, given)).rejects.toThrow('The key is not known.');
    await expect(stat(file())).rejects.toThrow('ENOENT');
  });
});

describe('a command whose service does not answer', () => {
  const ask = userCommand({ name: 'ask', about: '', run: async () => await Promise.reject(failure) });
  let failure: unknown;

  it.each([
    [{ code: 'ECONNREFUSED', message: '' }, 'The service does not answer: ECONNREFUSED.'],
    [{ code: 'ENOTFOUND', message: 'no such host' }, 'The service does not answer: no such host.'],
  ])('says so: %j', async (cause, message) => {
    failure = new TypeError('fetch failed', { cause });

    await expect(carryOut(ask, given)).rejects.toThrow(ClientError);
    await expect(carryOut(ask, given)).rejects.toMatchObject({ code: 'no-answer', message });
  });

  it('leaves other failures as they are', async () => {
    failure = new TypeError('x is not a function');

    await expect(carryOut(ask, given)).rejects.toBe(failure);
  });
});

describe('html', () => {
  const job = { id: 'j', state: 'completed', pageCount: 2, warnings: ['A font is missing.'], summary: 'ready' };
  const paths = { jobs: 'POST /platen/v1/jobs', job: 'GET /platen/v1/jobs/j', pdf: 'GET /platen/v1/jobs/j/document' };
  const made = (out: string) =>
    carryOut(htmlCommand, { ...given, page: ['https://a.test/'], out: [out], media: ['iso_a5'] });

  it('stores the page as a PDF, and shows what is missing in it', async () => {
    answering({ [paths.jobs]: { jobs: [job] }, [paths.job]: job, [paths.pdf]: new Blob(['%PDF-']) });
    const out = join(home, 'a.pdf');

    const { json, lines } = await made(out);

    expect(json).toEqual({ file: out, job: 'j', octets: 5, pageCount: 2, warnings: job.warnings });
    expect(lines).toEqual([`${out}: 2 pages, 5 bytes`, 'A font is missing.']);
    expect(await readFile(out, 'utf8')).toBe('%PDF-');
  });

  it('stores nothing when the page cannot be made', async () => {
    const failed = { ...job, state: 'aborted', message: 'a.test does not answer.' };
    answering({ [paths.jobs]: { jobs: [job] }, [paths.job]: failed });

    await expect(made(join(home, 'a.pdf'))).rejects.toThrow('a.test does not answer.');
    await expect(stat(join(home, 'a.pdf'))).rejects.toThrow('ENOENT');
  });
});
