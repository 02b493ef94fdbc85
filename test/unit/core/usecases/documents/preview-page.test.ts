import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Conversion } from '../../../../../shared/core/domain/conversion.ts';
import type { CompanyId, JobId } from '../../../../../shared/core/domain/ids.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Converter } from '../../../../../shared/core/ports/index.ts';
import { previewPage } from '../../../../../shared/core/usecases/documents/preview-page.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { company as companyId, openWorld, type World } from '../../../world.ts';

const principal = { companyId, scopes: ['preview' as const] };
const pdf = Buffer.from('%PDF-1.7 page');
const jpeg = Buffer.from('\xff\xd8\xff picture', 'latin1');

describe('a page of a document as a picture', () => {
  let world: World;
  const asked: { conversion: Conversion; octets: string }[] = [];
  beforeEach(async () => {
    world = await openWorld();
    asked.length = 0;
  });
  afterEach(() => world.close());

  const converter = {
    async convert(conversion: Conversion, { read }: { read: (source: never) => Promise<unknown> }) {
      const octets = await buffer((await read({} as never)) as AsyncIterable<Uint8Array>);
      asked.push({ conversion, octets: octets.toString('latin1') });
      return { bytes: Buffer.from(`made of ${conversion.kind}`), warnings: [] };
    },
  };
  const show = (id: JobId, by = principal, page = 1) =>
    previewPage({ ...world.ports, converter }, by, { id, page, width: 320 });
  async function submitted(bytes: Buffer): Promise<Job> {
    const targets = [{ locationId: 'office', deviceId: 'laser' }];
    const request = { contract: 'platen' as const, name: 'a', targets, template: {}, properties: {} };
    return (await submitDocument(world.ports, principal, { ...request, bytes }))[0] as Job;
  }

  it('is made of a PDF, of the page and width that were asked for', async () => {
    const { id } = await submitted(pdf);

    expect(Buffer.from(await show(id, principal, 3)).toString()).toBe('made of pictures');
    expect(asked).toMatchObject([
      { octets: '%PDF-1.7 page', conversion: { kind: 'pictures', width: 320, pageRanges: [{ from: 3, to: 3 }] } },
    ]);
  });

  it('is made of an image', async () => {
    const { id } = await submitted(jpeg);

    await show(id);

    expect(asked).toMatchObject([
      { octets: jpeg.toString('latin1'), conversion: { kind: 'pictures', isImage: true, width: 320 } },
    ]);
  });

  it('is not waited for longer than a gateway waits', async () => {
    const { id } = await submitted(pdf);
    const slow: Converter = {
      async convert(_conversion, { isWanted }) {
        expect(await isWanted()).toBe(true);
        world.wait(25_000);
        return (await isWanted()) ? { bytes: Buffer.from('late'), warnings: [] } : undefined;
      },
    };

    const showing = previewPage({ ...world.ports, converter: slow }, principal, { id, page: 1, width: 320 });

    await expect(showing).rejects.toMatchObject({ code: 'timeout' });
  });

  it('is refused for printer languages, with their name', async () => {
    const { id } = await submitted(Buffer.from('^XA^FDhello^XZ'));

    await expect(show(id)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('zebra-zpl'),
    });
  });

  it('is gone with the document', async () => {
    const { id, document } = await submitted(pdf);
    await world.ports.documents.delete([document?.key as string]);

    await expect(show(id)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('deleted') });
  });

  it('of another company looks like one that does not exist', async () => {
    const { id } = await submitted(pdf);

    await expect(show(id, { ...principal, companyId: 'other' as CompanyId })).rejects.toThrow('Unknown job.');
  });
});
