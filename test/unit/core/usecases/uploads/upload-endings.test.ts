import { hash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobId, UploadId } from '../../../../../shared/core/domain/ids.ts';
import {
  defaultUploadQuota,
  firstReservation,
  type UploadQuota,
} from '../../../../../shared/core/domain/upload-quota.ts';
import { type UploadSession, windowOctets } from '../../../../../shared/core/domain/upload-session.ts';
import type { Messages } from '../../../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitUpload } from '../../../../../shared/core/usecases/documents/submit-upload.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { completeUpload } from '../../../../../shared/core/usecases/uploads/complete-upload.ts';
import { openUpload } from '../../../../../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../../../../../shared/core/usecases/uploads/put-segment.ts';
import { company, key, openWorld, otherKey, type World } from '../../../world.ts';

const day = 24 * 60 * 60 * 1000;
const mebibyte = 1024 * 1024;
const principal = { companyId: company, scopes: ['print' as const] };

/** Expands to about a thousand times its size: a repeated block of zeros [RFC 1950, RFC 1951]. */
function bombOf(octets: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(mebibyte), { finishFlush: constants.Z_FULL_FLUSH });
  const blocks = Array.from({ length: Math.ceil(octets / block.length) }, () => block);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...blocks]);
}

describe('uploads', () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());

  const call = async (method: string, path: string, query = '', body?: string | Uint8Array, secret = key) => {
    const headers: Record<string, string> = { authorization: `Bearer ${secret}` };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    const answer = await world.call({ method, path, query, headers, body });
    return { status: answer.statusCode, text: answer.body ?? '' };
  };
  const openFile = async () => (await call('GET', '/api/tempfile')).text;
  const putAt = (file: string, index: number, bytes: Uint8Array, secret = key) =>
    call('PUT', '/api/putsegment', `file=${file}&index=${index}`, bytes, secret);
  const submit = (file: string, more = '') =>
    call('GET', '/api/submitfile', `file=${file}&targets=office:laser${more}`);
  const limit = async (uploadQuota: Partial<UploadQuota>) => {
    const known = await world.ports.registry.getCompany(company);
    if (known) await world.ports.registry.saveCompany({ ...known, uploadQuota });
  };
  /** Waits until cached keys expire. */
  const forgetKeys = () => world.wait(31_000);

  describe('that are abandoned', () => {
    it('expire after a day, with their segments and parts', async () => {
      const session = await openUpload(world.ports, principal);
      for (let at = 0; at < 1.5 * windowOctets; at += 4 * mebibyte) {
        await putSegment(world.ports, principal, {
          uploadId: session.id,
          offset: at,
          bytes: Buffer.alloc(4 * mebibyte),
        });
      }
      const before = await world.ports.uploads.get(session.id);
      expect(await world.ports.documents.parts(session.key, before?.multipartId ?? '')).toHaveLength(1);

      world.wait(day + 1);
      while ((await sweep(world.ports)) > 0);

      expect(await world.ports.uploads.get(session.id)).toMatchObject({ state: 'expired' });
      expect(await world.ports.pieces.list(session)).toEqual([]);
      expect(await world.ports.documents.parts(session.key, before?.multipartId ?? '')).toEqual([]);
      forgetKeys();
      expect((await putAt(session.id, 0, Buffer.from('late'))).text).toBe(
        'Error: Unknown file or upload: it does not exist or has expired.',
      );
      expect((await submit(session.id)).text).toBe('Error: Unknown file or upload: it does not exist or has expired.');
    });

    it('leave room for others when they end', async () => {
      await limit({ openSessions: 1 });
      const first = await openFile();

      const refused = await call('GET', '/api/tempfile');
      await call('DELETE', `/platen/v1/uploads/${first}`);

      expect(refused.text).toMatch(/^Error: Too many open uploads: at most 1 are allowed\./);
      expect(await openFile()).toMatch(/^[0-9a-f]{32}$/);
    });
  });

  describe('whose submit was interrupted', () => {
    const leave = async (file: string, state: 'closing' | 'closed') => {
      const session = (await world.ports.uploads.get(file as UploadId)) as UploadSession;
      await world.ports.uploads.save({ ...session, state, octets: 5 });
    };

    it('refuse segments until the next submit completes them', async () => {
      const file = await openFile();
      await putAt(file, 0, Buffer.from('whole'));
      await leave(file, 'closing');

      const meanwhile = await putAt(file, 5, Buffer.from('more'));
      const submitted = await submit(file);

      expect(meanwhile.text).toBe(`Error: Upload ${file} is being submitted and accepts no segments until that ends.`);
      expect(submitted.text).toMatch(/^[0-9a-f]{32}$/);
      expect((await completeUpload(world.ports, principal, file)).document?.sha256).toBe(hash('sha256', 'whole'));
    });

    it('accept segments again after the next submit reports a gap', async () => {
      const file = await openFile();
      await putAt(file, 2, Buffer.from('ole'));
      await leave(file, 'closing');

      const refused = await submit(file);
      const filled = await putAt(file, 0, Buffer.from('wh'));
      await submit(file);

      expect(refused.text).toBe('Error: The upload has missing bytes: 0-1. Send them, then submit it again.');
      expect(filled.text).toBe('2');
      expect((await completeUpload(world.ports, principal, file)).document?.sha256).toBe(hash('sha256', 'whole'));
    });

    it.each(['closing', 'closed'] as const)('end after a day, or when they are deleted: %s', async state => {
      const [expiring, deleted] = [await openFile(), await openFile()];
      for (const file of [expiring, deleted]) {
        await putAt(file, 0, Buffer.from('whole'));
        await leave(file, state);
      }

      await call('DELETE', `/platen/v1/uploads/${deleted}`);
      world.wait(day + 1);
      while ((await sweep(world.ports)) > 0);

      for (const [file, ended] of [
        [expiring, 'expired'],
        [deleted, 'aborted'],
      ] as const) {
        const session = (await world.ports.uploads.get(file as UploadId)) as UploadSession;
        expect(session).toMatchObject({ state: ended });
        expect(await world.ports.pieces.list(session)).toEqual([]);
      }
    });
  });

  describe('that are a day old', () => {
    it('can be submitted until then, and are unknown from then on, whether swept or not', async () => {
      const file = (await call('PUT', '/api/putfile', '', Buffer.from('a day old'))).text;

      world.wait(day - 1);
      const before = await submit(file);
      world.wait(1);
      const after = await submit(file);

      expect(before.text).toMatch(/^[0-9a-f]{32}$/);
      expect(after.text).toBe('Error: Unknown file or upload: it does not exist or has expired.');
      expect((await call('GET', `/platen/v1/uploads/${file}`)).status).toBe(404);
    });
  });

  describe('over a quota', () => {
    it.each([
      [
        'GET',
        '/api/tempfile',
        undefined,
        200,
        /^Error: Too many open uploads: at most 0 are allowed\. Complete or abort some/,
      ],
      [
        'POST',
        '/platen/v1/uploads',
        '{"octets":5}',
        400,
        /"code":"too-many","message":"Too many open uploads: at most 0 are allowed/,
      ],
    ] as const)('are refused in the words of the dialect: %s %s', async (method, path, body, status, words) => {
      await limit({ openSessions: 0 });

      const answer = await call(method, path, '', body);

      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(words);
    });

    it('are refused by their announced size', async () => {
      await limit({ octetsInFlight: 1000, documentOctets: 5000 });

      const tooMuch = await call('POST', '/platen/v1/uploads', '', '{"octets":1001}');
      const tooLarge = await call('POST', '/platen/v1/uploads', '', '{"octets":5001}');
      const fits = await call('POST', '/platen/v1/uploads', '', '{"octets":1000}');
      const full = await call('POST', '/platen/v1/uploads', '', '{"octets":1}');

      expect(tooMuch.text).toMatch(/Open uploads are too large: together they may have at most 1000 bytes/);
      expect([tooLarge.status, tooLarge.text]).toEqual([413, expect.stringMatching(/at most 5000 bytes/)]);
      expect(fits.status).toBe(201);
      expect(full.status).toBe(400);
    });

    it('accept no segment beyond the document limit, nor beyond the company’s quota', async () => {
      const first = firstReservation(defaultUploadQuota);
      await limit({ documentOctets: 40 * mebibyte, octetsInFlight: 2 * first });
      const [file, other] = [await openFile(), await openFile()];
      const segment = Buffer.alloc(4 * mebibyte);

      const beyond = await putAt(file, 40 * mebibyte - 1, Buffer.from('ab'));
      for (let at = 0; at < first; at += segment.length) await putAt(file, at, segment);
      const full = await putAt(file, first, segment);
      await call('DELETE', `/platen/v1/uploads/${other}`);
      const goesOn = await putAt(file, first, segment);

      expect(beyond.text).toBe(`Error: The document is too large: at most ${40 * mebibyte} bytes are allowed.`);
      expect(full.text).toMatch(/^Error: Open uploads are too large: together they may have at most/);
      expect(goesOn.text).toBe(String(segment.length));
    });

    it('accept everything twice, and no more', async () => {
      await limit({ documentOctets: 4 * mebibyte });
      const file = await openFile();
      const segment = Buffer.alloc(4 * mebibyte);

      const answers = [];
      for (let time = 0; time < 3; time++) answers.push((await putAt(file, 0, segment)).text);

      expect(answers.slice(0, 2)).toEqual([String(segment.length), String(segment.length)]);
      expect(answers[2]).toMatch(
        /^Error: Upload limit reached: at most 8388608 bytes may be sent, including retransmissions/,
      );
    });
  });

  describe('with unusual requests', () => {
    it('use the later of two octets at one offset', async () => {
      const file = await openFile();
      await putAt(file, 0, Buffer.from('aaaaaaaa'));
      await putAt(file, 2, Buffer.from('bbbb'));
      await putAt(file, 5, Buffer.from('ccc'));

      const { document } = await completeUpload(world.ports, principal, file);

      expect(document?.sha256).toBe(hash('sha256', 'aabbbccc'));
    });

    it('accept no segment after they were submitted', async () => {
      const file = await openFile();
      await putAt(file, 0, Buffer.from('whole'));
      await submit(file);

      expect((await putAt(file, 5, Buffer.from('more'))).text).toMatch(/^Error: Upload [0-9a-f]{32} was submitted/);
      expect((await submit(file)).text).toMatch(/^[0-9a-f]{32}$/);
    });

    it('contain an acknowledged segment whose window was being composed at the submit', async () => {
      const { id: uploadId } = await openUpload(world.ports, principal);
      const segment = Buffer.alloc(windowOctets / 2, 'x');
      const put = (ports: typeof world.ports, at: number) =>
        putSegment(ports, principal, { uploadId, offset: at * segment.length, bytes: segment });
      for (const at of [1, 2, 3]) await put(world.ports, at);
      const submitting = async (...given: Parameters<typeof world.ports.pieces.compose>) => {
        await completeUpload(world.ports, principal, uploadId);
        return await world.ports.pieces.compose(...given);
      };

      const pieces = { ...world.ports.pieces, compose: submitting };
      const answered = await put({ ...world.ports, pieces }, 0);

      expect(answered).toBe(segment.length);
      expect(await world.ports.uploads.get(uploadId)).toMatchObject({ state: 'completed', octets: 4 * segment.length });
    });

    it('are complete if the machine stopped between storing their document and recording it', async () => {
      const file = await openFile();
      const segment = Buffer.alloc(4 * mebibyte, 'x');
      for (let at = 0; at < 2 * windowOctets; at += segment.length) await putAt(file, at, segment);
      const { key: at, multipartId = '' } = (await world.ports.uploads.get(file as UploadId)) as UploadSession;
      await world.ports.documents.completeMultipart(
        at,
        multipartId,
        await world.ports.documents.parts(at, multipartId),
      );

      const late = await putAt(file, 2 * windowOctets, segment);
      const completed = await completeUpload(world.ports, principal, file);

      expect(late.text).toMatch(/^Error: The upload was submitted/);
      expect(completed).toMatchObject({ state: 'completed', octets: 2 * windowOctets });
      expect(await world.ports.documents.octets(at)).toBe(2 * windowOctets);
    });

    it('are aborted by a digest that differs from the announced one', async () => {
      const announced = { octets: 5, sha256: hash('sha256', 'hello') };
      const opened = JSON.parse((await call('POST', '/platen/v1/uploads', '', JSON.stringify(announced))).text);
      const { key: at, multipartId } = (await world.ports.uploads.get(opened.id)) as UploadSession;
      await world.ports.documents.putPart(at, multipartId as string, 1, Buffer.from('jello'));

      const refused = await call('POST', `/platen/v1/uploads/${opened.id}/complete`);
      const seen = JSON.parse((await call('GET', `/platen/v1/uploads/${opened.id}`)).text);
      const again = await call('POST', `/platen/v1/uploads/${opened.id}/complete`);

      expect([refused.status, refused.text]).toEqual([422, expect.stringMatching(/SHA-256 differs/)]);
      expect(seen).toMatchObject({ state: 'aborted', missing: [] });
      expect([again.status, again.text]).toEqual([409, expect.stringMatching(/is aborted/)]);
      expect(await world.ports.documents.octets(at)).toBeUndefined();
    });

    it('by parts are complete if the machine stopped between storing their document and recording it', async () => {
      const opened = JSON.parse((await call('POST', '/platen/v1/uploads', '', '{"octets":5}')).text);
      const { key: at, multipartId = '' } = (await world.ports.uploads.get(opened.id)) as UploadSession;
      await world.ports.documents.putPart(at, multipartId, 1, Buffer.from('hello'));
      const parts = await world.ports.documents.parts(at, multipartId);
      await world.ports.documents.completeMultipart(at, multipartId, parts);

      const seen = JSON.parse((await call('GET', `/platen/v1/uploads/${opened.id}`)).text);
      const completed = await call('POST', `/platen/v1/uploads/${opened.id}/complete`);

      expect(seen).toMatchObject({ state: 'open', present: [1], missing: [] });
      expect(JSON.parse(completed.text)).toMatchObject({ state: 'completed', sha256: hash('sha256', 'hello') });
    });

    it.each([
      ['of two lines', 'a%0D%0Ab'],
      ['of 256 characters', 'n'.repeat(256)],
    ])('are refused under a name %s', async (_title, name) => {
      const headers = { authorization: `Bearer ${key}` };
      const request = { method: 'POST', path: '/platen/v1/uploads', query: `name=${name}`, headers };

      const answer = await world.call({ ...request, body: Buffer.from('small') });

      expect(answer).toMatchObject({ statusCode: 400, body: expect.stringMatching(/"code":"bad-value"/) });
    });

    it('do not exist for another company', async () => {
      const file = await openFile();
      await putAt(file, 0, Buffer.from('mine'));

      const theirs = await putAt(file, 0, Buffer.from('theirs'), otherKey);
      const seen = await call('GET', `/platen/v1/uploads/${file}`, '', undefined, otherKey);
      const ended = await call('DELETE', `/platen/v1/uploads/${file}`, '', undefined, otherKey);

      expect(theirs.text).toBe('Error: Unknown file or upload: it does not exist or has expired.');
      expect([seen.status, ended.status]).toEqual([404, 404]);
      expect((await completeUpload(world.ports, principal, file)).document?.octets).toBe(4);
    });
  });

  describe('that contain a decompression bomb', () => {
    const noConverter = { convert: () => Promise.reject(new Error('nothing to convert')) };
    const prepared = async (bomb: Uint8Array) => {
      const { id } = await openUpload(world.ports, principal);
      for (let offset = 0; offset < bomb.length; offset += 4 * mebibyte) {
        const bytes = bomb.subarray(offset, offset + 4 * mebibyte);
        await putSegment(world.ports, principal, { uploadId: id, offset, bytes });
      }
      const request = { contract: 'cirrusprint' as const, template: {}, properties: {}, compression: 'zlib' as const };
      const targets = [{ locationId: 'office', deviceId: 'laser' }];
      const [job] = await submitUpload(world.ports, principal, { ...request, targets, uploadId: id });
      const { message } = world.queued.find(({ queue }) => queue === 'prepare') ?? {};
      await prepareJobs({ ...world.ports, converter: noConverter }, message as Messages['prepare']);
      return await world.ports.jobs.get(job?.id as JobId);
    };

    it.each([
      ['of a megabyte', mebibyte],
      ['larger than a window', 10 * mebibyte],
    ])('fail their job with a clear message and leave nothing behind: %s', async (_title, octets) => {
      const job = await prepared(bombOf(octets));

      expect(job).toMatchObject({ standing: 'aborted/aborted-by-system', reasons: ['document-unprintable-error'] });
      expect(job?.message).toMatch(/more than 2147483648 bytes, or more than 250 times its size/);
      expect(await world.ports.documents.list(`companies/${company}/outputs/`)).toEqual([]);
    });
  });
});
