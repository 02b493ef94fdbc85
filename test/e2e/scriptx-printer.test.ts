import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IppPrinter, startIppPrinter } from '../../doubles/ipp-printer.ts';
import { Machine, until } from '../../doubles/machine.ts';
import { textOfPdf } from '../../shared/adapters/convert/pdf/pdf-pictures.ts';

interface Answer {
  status: number;
  message: string;
  jobIdentifier: string;
}

describe("a relay's IPP printer, through ScriptX.Services", () => {
  let machine: Machine;
  let printer: IppPrinter;
  const call = async <T = Answer>(method: string, path: string, body?: object): Promise<T> => {
    const { endpoint, key } = machine.facts;
    const headers = { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
    const answer = await fetch(`${endpoint}/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return (await answer.json()) as T;
  };
  beforeAll(async () => {
    printer = await startIppPrinter({ formats: ['application/pdf'] });
    machine = await Machine.make(['--printer', `laser=${printer.uri}`]);
    await machine.start();
    // the relay registers its printers after it has contacted them
    await until(
      async () => (await call<{ port: string }>('GET', 'printHtml/deviceinfo/office:laser/2')).port === 'ipp',
    );
  });
  afterAll(async () => {
    await machine.remove();
    await printer.stop();
  });

  it('returns what the relay reported', async () => {
    const settings = await call<object>('GET', 'printHtml/deviceinfo/office:laser/2');

    expect(settings).toMatchObject({
      printerName: 'office:laser',
      paperSizeName: 'A4',
      forms: ['A4', 'Letter'],
      bins: ['Automatically select', 'auto', 'tray-1', 'tray-2'],
      isDefault: false,
    });
  });

  const asked = {
    printerName: 'office:laser',
    copies: 2,
    duplex: 2,
    paperSizeName: 'Letter',
    paperSourceName: 'tray-2',
  };
  it.each([
    ['a page', 'printHtml', { contentType: 2, content: '<p>on paper</p>', device: asked }],
    ['a PDF', 'printPdf', { document: 'DATA', settings: { pageRange: '1' }, device: asked }],
  ])('prints %s with all requested options', async (_title, api, body) => {
    const document = `data:application/pdf;base64,${(await pdfSaying('on paper')).toString('base64')}`;
    const before = printer.jobs.length;
    const { status, jobIdentifier } = await call(
      'POST',
      `${api}/print`,
      'document' in body ? { ...body, document } : body,
    );
    await until(async () => (await call('GET', `${api}/status/${jobIdentifier}`)).status === 6);
    const [job] = printer.jobs.slice(before);
    const attributes = JSON.stringify(job?.attributes);

    expect(status).toBe(1);
    expect(job?.format).toBe('application/pdf');
    expect((await textOfPdf(job?.document ?? Buffer.alloc(0))).join()).toContain('on paper');
    expect(attributes).toMatch(/"copies".*"value":2/);
    expect(attributes).toContain('two-sided-long-edge');
    expect(attributes).toContain('tray-2');
    expect(attributes).toContain('21590');
  });

  it('reports why a job does not continue, while the client waits', async () => {
    printer.traps.stops = { milliseconds: 4000, reasons: ['media-empty'] };
    const body = { contentType: 2, content: '<p>later</p>', device: { printerName: 'office:laser' } };
    const { jobIdentifier } = await call('POST', 'printHtml/print', body);
    const stopped = await until(async () => {
      const answer = await call('GET', `printHtml/status/${jobIdentifier}`);
      return answer.message.includes('media-empty') ? answer : undefined;
    });
    printer.traps.stops = undefined;

    expect(stopped.status).toBe(5);
    await until(async () => (await call('GET', `printHtml/status/${jobIdentifier}`)).status === 6);
  });

  it('refuses raw data in a language that it does not support', async () => {
    const body = { contentType: 8, content: '^XA^XZ', printerName: 'office:laser' };

    expect(await call('POST', 'printDirect/print', body)).toMatchObject({
      status: 3,
      message: expect.stringContaining('does not take raw data'),
    });
  });
});

async function pdfSaying(text: string): Promise<Buffer> {
  const { PDFDocument } = await import('@cantoo/pdf-lib');
  const document = await PDFDocument.create();
  document.addPage().drawText(text);
  return Buffer.from(await document.save());
}
