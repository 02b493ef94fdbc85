import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceOptions } from '../../../../relay/printers/device-options.ts';
import type { DeviceStep, OutputDevice, PrintOutcome, Progress } from '../../../../relay/printers/output-device.ts';
import type { JobId } from '../../../../shared/core/domain/ids.ts';
import type { Ticket } from '../../../../shared/protocol/relay-protocol.ts';

/** For printers that answer or never will: short where a deadline must end the wait. */
export const hurried: DeviceOptions = {
  connectMilliseconds: 5_000,
  headersMilliseconds: 500,
  answerMilliseconds: 500,
  idleMilliseconds: 500,
  silenceMilliseconds: 300,
  cancelMilliseconds: 400,
  closeMilliseconds: 500,
  muteMilliseconds: 200,
  pollMilliseconds: 50,
};

/** A document on disk with its ticket, and the reports of a device while it prints. */
export interface Printing {
  folder: string;
  path: string;
  ticket: Ticket;
  steps: DeviceStep[];
  progress: Progress[];
  controller: AbortController;
  print: (device: OutputDevice) => Promise<PrintOutcome>;
  /** after this step, as a restarted relay does */
  recover: (device: OutputDevice, step: DeviceStep) => ReturnType<OutputDevice['recover']>;
  remove: () => Promise<void>;
}

export interface PrintingOptions extends Partial<Ticket> {
  /** called with each step before the device goes on */
  onStep?: (step: DeviceStep) => void | Promise<void>;
  onProgress?: (progress: Progress) => void;
}

export async function preparePrinting(octets = 20_000, options: PrintingOptions = {}): Promise<Printing> {
  const { onStep, onProgress, ...given } = options;
  const folder = await mkdtemp(join(tmpdir(), 'platen-printing-'));
  const path = join(folder, 'document');
  const document = randomBytes(octets);
  await writeFile(path, document);
  const ticket: Ticket = {
    jobId: randomBytes(16).toString('hex') as JobId,
    attempt: 1,
    deviceId: 'd1',
    sequence: 1,
    name: 'Invoice 7',
    format: 'application/pdf',
    octets,
    sha256: createHash('sha256').update(document).digest('hex'),
    url: 'https://example.invalid/document',
    template: {},
    unconfirmedPolicy: 'ask',
    possibleDuplicate: false,
    ...given,
  };
  const steps: DeviceStep[] = [];
  const progress: Progress[] = [];
  const controller = new AbortController();
  const tell = (news: Progress) => {
    progress.push(news);
    onProgress?.(news);
  };
  const step = async (next: DeviceStep) => {
    steps.push(next);
    await onStep?.(next);
  };
  const { signal } = controller;
  return {
    folder,
    path,
    ticket,
    steps,
    progress,
    controller,
    print: device => device.print({ ticket, path, step, progress: tell, signal }),
    recover: (device, step) => device.recover({ ticket, step, progress: tell, signal }),
    remove: () => rm(folder, { recursive: true }),
  };
}
