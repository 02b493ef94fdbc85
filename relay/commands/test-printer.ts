import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { PDFDocument } from '@cantoo/pdf-lib';
import type { JobId } from '../../shared/core/domain/ids.ts';
import type { PrinterOptions } from '../command-line.ts';
import { openOutputDevice } from '../printers/index.ts';
import type { PrintOutcome } from '../printers/output-device.ts';
import { findDataFolder, readConfig } from '../settings.ts';
import { print } from './print.ts';
import { unknownPrinter } from './printers.ts';

const pdf = 'application/pdf';
const formats: Record<string, string> = {
  '.pdf': pdf,
  '.zpl': 'application/vnd.zebra-zpl',
  '.ps': 'application/postscript',
  '.pcl': 'application/vnd.hp-pcl',
  '.txt': 'text/plain',
};

/** `platen-relay printers test`: one page on a printer, without the cloud. */
export async function testPrinter(options: PrinterOptions & { file?: string; format?: string }): Promise<void> {
  const { data, name, file } = options;
  const { printers, logins } = await readConfig(await findDataFolder(data));
  const uri = printers[name];
  if (uri === undefined) throw new Error(unknownPrinter(name, Object.keys(printers)));
  if (!file && /^(socket|lpd):/.test(uri)) {
    throw new Error(`${name} takes raw data: give it a file in its own language, as in --file label.zpl.`);
  }
  const document = file ? await readFile(file) : await testPage(name, uri);
  const format = options.format ?? (file ? (formats[extname(file).toLowerCase()] ?? 'application/octet-stream') : pdf);
  const outcome = await printNow(openOutputDevice(name, uri, { login: logins[name] }), document, format);
  print(`${name}: ${wordsOf(outcome)}`);
  if (outcome.kind !== 'completed') process.exitCode = 1;
}

async function printNow(
  device: ReturnType<typeof openOutputDevice>,
  document: Uint8Array,
  format: string,
): Promise<PrintOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-relay-test-'));
  const path = join(folder, 'document');
  try {
    await writeFile(path, document);
    return await device.print({
      ticket: {
        jobId: randomBytes(16).toString('hex') as JobId,
        attempt: 1,
        deviceId: device.deviceId,
        sequence: 1,
        name: 'test page',
        format,
        octets: document.length,
        sha256: createHash('sha256').update(document).digest('hex'),
        url: '',
        template: {},
        unconfirmedPolicy: 'ask',
        possibleDuplicate: false,
      },
      path,
      step: async () => undefined,
      progress: ({ state, reasons, message }) => print(`${state}: ${message ?? reasons.join(', ')}`),
      signal: new AbortController().signal,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function testPage(name: string, uri: string): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([595, 842]);
  page.drawText('Platen test page', { x: 60, y: 740, size: 28 });
  page.drawText(name, { x: 60, y: 700, size: 14 });
  page.drawText(uri, { x: 60, y: 680, size: 10 });
  page.drawText(new Date().toISOString(), { x: 60, y: 660, size: 10 });
  return await document.save();
}

function wordsOf(outcome: PrintOutcome): string {
  if (outcome.kind === 'completed') return `printed${outcome.message ? `; ${outcome.message}` : ''}`;
  return `${outcome.kind}: ${outcome.message ?? ''}`;
}
