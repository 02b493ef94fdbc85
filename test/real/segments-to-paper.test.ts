import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DebianPrinter, startIppEvePrinter } from '../../doubles/debian-printers.ts';
import { Machine } from '../../doubles/machine.ts';
import { type SocketSink, startSocketSink } from '../../doubles/socket-sink.ts';
import { printInSegments, sha256 } from '../e2e/segments.ts';

describe('a 20 MB PDF in segments, through the whole system, to ippeveprinter and a raw socket', () => {
  let printer: DebianPrinter;
  let sink: SocketSink;
  let machine: Machine;
  beforeAll(async () => {
    printer = await startIppEvePrinter();
    sink = await startSocketSink();
    machine = await Machine.make([
      '--printer',
      `laser=${printer.uri}`,
      '--printer',
      `raw=socket://127.0.0.1:${sink.port}`,
    ]);
    await machine.start();
  });
  afterAll(async () => {
    await machine?.remove();
    await sink?.stop();
    await printer?.stop();
  });

  it('is printed byte-identical, once on each, and its states are reported in order', async () => {
    const { digest } = await printInSegments(machine);

    // beside the documents it keeps a file of what its command said
    const documents = readdirSync(printer.folder).filter(name => name.endsWith('.pdf'));
    const printed = documents.map(name => sha256(readFileSync(join(printer.folder, name))));
    expect(printed).toEqual([digest]);
    expect(sink.connections.map(connection => connection.sha256)).toEqual([digest]);
  });
});
