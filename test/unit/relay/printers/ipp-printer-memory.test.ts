import { expect, it, onTestFinished, vi } from 'vitest';
import type { IppAnswer, IppClient } from '../../../../relay/ipp-client/client.ts';
import { PrinterMemory } from '../../../../relay/printers/ipp-printer-memory.ts';
import { make, textsOf } from '../../../../shared/ipp/attributes.ts';

const { signal } = new AbortController();
const minute = 60_000;

/** A printer that says which of its questions it answers: `all` it offers, or its `state`. */
function openMemory() {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const memory = new PrinterMemory();
  const asked: string[] = [];
  const printer = { isStopped: false, isAccepting: true, format: 'image/urf', bootedAt: performance.now() - 5_000_000 };
  const getPrinterAttributes = async (requested: string[]): Promise<IppAnswer> => {
    const isAll = requested.includes('document-format-supported');
    asked.push(isAll ? 'all' : 'state');
    const attributes = [
      make.integer('printer-up-time', Math.floor((performance.now() - printer.bootedAt) / 1000)),
      make.enum('printer-state', printer.isStopped ? 5 : 3),
      make.boolean('printer-is-accepting-jobs', printer.isAccepting),
      ...(isAll ? [make.mediaType('document-format-supported', printer.format)] : []),
    ];
    return { status: 0, message: 'successful-ok', printer: attributes, jobs: [], unsupported: [] };
  };
  const client = { getPrinterAttributes } as unknown as IppClient;
  return { memory, asked, printer, view: () => memory.view(client, signal) };
}

it('asks a printer that takes jobs for nothing within a second', async () => {
  const { asked, view } = openMemory();

  const first = await view();
  vi.advanceTimersByTime(999);
  const second = await view();
  vi.advanceTimersByTime(1);
  await view();

  expect(second).toBe(first);
  expect(asked).toEqual(['all', 'state']);
});

it.each([{ isStopped: true }, { isAccepting: false }])('asks one that takes none each time: %o', async state => {
  const { asked, printer, view } = openMemory();
  Object.assign(printer, state);
  await view();
  Object.assign(printer, { isStopped: false, isAccepting: true });

  expect(await view()).toMatchObject({ isStopped: false, isAccepting: true });
  expect(asked).toEqual(['all', 'state']);
});

it('asks one that has not taken a job for its state', async () => {
  const { asked, memory, view } = openMemory();
  await view();

  memory.forgetState();
  await view();

  expect(asked).toEqual(['all', 'state']);
});

it('asks for what a printer offers after ten minutes', async () => {
  const { asked, printer, view } = openMemory();
  await view();
  printer.format = 'application/pdf';
  vi.advanceTimersByTime(10 * minute - 1);
  const before = await view();
  vi.advanceTimersByTime(1000);

  expect([before.formats, (await view()).formats]).toEqual([['image/urf'], ['application/pdf']]);
  expect(asked).toEqual(['all', 'state', 'all']);
});

it('asks for what a printer offers after it was off', async () => {
  const { asked, printer, view } = openMemory();
  await view();
  vi.advanceTimersByTime(minute);
  Object.assign(printer, { format: 'application/pdf', bootedAt: performance.now() });

  const after = await view();

  expect(after.formats).toEqual(['application/pdf']);
  expect(textsOf(after.attributes, 'document-format-supported')).toEqual(['application/pdf']);
  expect(asked).toEqual(['all', 'state', 'all']);
});
