import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, until } from '../../doubles/machine.ts';
import { ClientError, PlatenClient } from '../../shared/client.ts';

describe('the client', () => {
  let machine: Machine;
  let client: PlatenClient;
  beforeAll(async () => {
    machine = await Machine.make();
    client = new PlatenClient(await machine.start());
  });
  afterAll(() => machine.remove());

  it.each([1000, 17_000_000])('prints a document of %i octets and reports progress', async octets => {
    const bytes = randomBytes(octets);
    const seen: number[] = [];

    const id = await client.upload(new Blob([bytes]), { name: 'noise.bin', progress: sent => seen.push(sent) });
    const [job] = await client.print(id, ['office:folder']);

    expect(seen.at(-1)).toBe(octets);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await until(async () => (await client.job(job?.id ?? '')).state === 'completed');
  });

  it('resumes an interrupted upload', async () => {
    const bytes = randomBytes(25_000_000);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stop = new AbortController();
    let id = '';
    const stopped = client.upload(new Blob([bytes]), {
      sha256,
      signal: stop.signal,
      begun: given => {
        id = given;
      },
      progress: () => stop.abort(),
    });
    await expect(stopped).rejects.toThrow();
    const seen: number[] = [];

    const resumed = await client.upload(new Blob([bytes]), { resume: id, progress: sent => seen.push(sent) });

    expect(resumed).toBe(id);
    // parts received before are not sent again
    expect(seen.length).toBeLessThan(Math.ceil(bytes.length / (8 * 1024 * 1024)));
    const [job] = await client.print(id, ['office:folder']);
    await until(async () => (await client.job(job?.id ?? '')).state === 'completed');
  });

  it('does not resume an upload of another document', async () => {
    let id = '';
    const begun = (given: string) => {
      id = given;
      throw new Error('stopped');
    };
    const sha256 = createHash('sha256').update('hello').digest('hex');
    await expect(client.upload(new Blob(['hello']), { sha256, begun })).rejects.toThrow('stopped');

    await expect(client.upload(new Blob(['hello, printer']), { resume: id })).rejects.toThrow('another size');
  });

  it('learns how many pages a page of HTML would have, and makes no job', async () => {
    const html = '<p>one<p style="break-before: page">two<img src="http://127.0.0.1/none.png">';

    const found = await client.check({ html }, ['office:folder'], { options: { media: 'iso_a6_105x148mm' } });

    expect(found).toMatchObject({ format: 'application/pdf', pageCount: 2 });
    expect(found.warnings.join(' ')).toContain('none.png');
    expect((await client.jobPage({ text: 'page.pdf' })).jobs).toEqual([]);
  });

  it('throws the error of the service', async () => {
    const refused = client.print('0'.repeat(32), ['office:folder']);

    await expect(refused).rejects.toThrow(
      new ClientError(404, 'not-found', 'Unknown file or upload: it does not exist or has expired.'),
    );
  });
});
