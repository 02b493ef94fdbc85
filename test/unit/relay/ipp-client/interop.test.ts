import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../../../../doubles/ipp-printer.ts';
import { make } from '../../../../shared/ipp/attributes.ts';
import { decodeMessage } from '../../../../shared/ipp/decode.ts';
import { encodeMessage } from '../../../../shared/ipp/encode.ts';
import { groupTags, operations } from '../../../../shared/ipp/tags.ts';

/** An independent implementation of the standard, which reveals our misunderstandings. */
const peer = createRequire(import.meta.url)('@sealsystems/ipp') as Peer;

type Message = Record<string, Record<string, unknown>> & { statusCode?: string; data?: Buffer };

interface Peer {
  serialize(message: Record<string, unknown>): Buffer;
  parse(octets: Buffer): Message;
  Printer: new (
    uri: string,
  ) => {
    execute(operation: string, message: unknown, done: (error: Error | null, answer: Message) => void): void;
  };
}

const opening = { 'attributes-charset': 'utf-8', 'attributes-natural-language': 'en-us' };

describe('our codec and @sealsystems/ipp', () => {
  it('reads the same request that the peer wrote', () => {
    const octets = peer.serialize({
      version: '2.0',
      operation: 'Print-Job',
      id: 77,
      'operation-attributes-tag': { ...opening, 'printer-uri': 'ipp://host/ipp/print', 'job-name': 'Grüße 漢字' },
      'job-attributes-tag': {
        copies: 3,
        sides: 'two-sided-long-edge',
        'page-ranges': [[1, 5]],
        'print-quality': 'high',
        'media-col': { 'media-source': 'tray-1', 'media-size': { 'x-dimension': 21000, 'y-dimension': 29700 } },
      },
      data: Buffer.from('%PDF-1.7'),
    });

    const message = decodeMessage(octets);

    const size = [make.integer('x-dimension', 21000), make.integer('y-dimension', 29700)];
    expect(message).toMatchObject({ version: { major: 2, minor: 0 }, code: 2, requestId: 77 });
    expect(message.data.toString()).toBe('%PDF-1.7');
    expect(message.groups.map(group => group.tag)).toEqual([groupTags.operation, groupTags.job]);
    expect(message.groups[0]?.attributes).toContainEqual(make.name('job-name', 'Grüße 漢字'));
    expect(message.groups[1]?.attributes).toEqual([
      make.integer('copies', 3),
      make.keyword('sides', 'two-sided-long-edge'),
      make.range('page-ranges', { lower: 1, upper: 5 }),
      make.enum('print-quality', 5),
      make.collection('media-col', [make.keyword('media-source', 'tray-1'), make.collection('media-size', size)]),
    ]);
  });

  it('is read by the peer as it was meant', () => {
    const octets = encodeMessage({
      version: { major: 2, minor: 0 },
      code: operations.createJob,
      requestId: 5,
      groups: [
        {
          tag: groupTags.operation,
          attributes: [
            make.charset('attributes-charset', 'utf-8'),
            make.language('attributes-natural-language', 'en'),
            make.uri('printer-uri', 'ipp://host/ipp/print'),
            make.name('job-name', 'Grüße 漢字'),
          ],
        },
        {
          tag: groupTags.job,
          attributes: [
            make.enum('print-quality', 5),
            make.range('page-ranges', { lower: 1, upper: 5 }),
            make.collection('media-col', [
              make.collection('media-size', [make.integer('x-dimension', 21000), make.integer('y-dimension', 29700)]),
              make.keyword('media-source', 'tray-1'),
            ]),
            make.keyword('finishings-ready', 'none', 'staple'),
          ],
        },
      ],
      data: Buffer.from('%PDF'),
    });

    expect(peer.parse(octets)).toMatchObject({
      version: '2.0',
      operation: 'Create-Job',
      id: 5,
      'operation-attributes-tag': { 'job-name': 'Grüße 漢字', 'printer-uri': 'ipp://host/ipp/print' },
      'job-attributes-tag': {
        'print-quality': 'high',
        'page-ranges': [1, 5],
        'media-col': { 'media-size': { 'x-dimension': 21000, 'y-dimension': 29700 }, 'media-source': 'tray-1' },
        'finishings-ready': ['none', 'staple'],
      },
      data: Buffer.from('%PDF'),
    });
  });
});

describe('the printer double', () => {
  let printer: IppPrinter;
  afterEach(() => printer.stop());

  function execute(operation: string, attributes: Record<string, unknown>, data?: Buffer): Promise<Message> {
    const client = new peer.Printer(printer.uri.replace('ipp://', 'http://'));
    const message = { 'operation-attributes-tag': attributes, data };
    return new Promise((resolve, reject) => {
      client.execute(operation, message, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  it('prints for the client of @sealsystems/ipp', async () => {
    printer = await startIppPrinter();
    const document = Buffer.from('%PDF-1.7 a document');

    const described = await execute('Get-Printer-Attributes', {});
    const created = await execute('Create-Job', { 'job-name': 'from the peer' });
    const jobId = created['job-attributes-tag']?.['job-id'];
    const format = { 'document-format': 'application/pdf', 'last-document': true };
    const sent = await execute('Send-Document', { 'job-id': jobId, ...format }, document);
    await expect.poll(() => printer.jobs[0]?.state).toBe('completed');
    const job = await execute('Get-Job-Attributes', { 'job-id': jobId });

    expect(described['printer-attributes-tag']).toMatchObject({
      'printer-state': 'idle',
      'printer-resolution-default': [600, 600, 'dpi'],
      'document-format-supported': ['application/pdf', 'image/jpeg', 'application/octet-stream'],
    });
    expect(sent.statusCode).toBe('successful-ok');
    expect(job['job-attributes-tag']).toMatchObject({ 'job-name': 'from the peer', 'job-state': 'completed' });
    expect(printer.jobs[0]?.sha256).toBe(createHash('sha256').update(document).digest('hex'));
  });
});
