import { type FileHandle, open } from 'node:fs/promises';
import type { JobTemplate } from '../../shared/core/domain/job-template.ts';
import type { Device } from '../../shared/core/domain/printer.ts';
import { deviceJobName, type OutputDevice, type PrintOutcome, type PrintRequest } from './output-device.ts';
import { pause } from './pause.ts';

/*
 * What all ways have in common that take octets and cannot be asked about them: a socket, LPD. Copies are sent one after
 * another and counted in the journal. Nothing else of a job template can be asked for.
 *
 * The first step that matters is the one before the first octet: until then a crash leaves nothing behind. The last copy
 * has no step `sent`, since the end of the job is journalled at the same moment. Journals of 0.1.0 have all steps.
 */

/** One way to a raw printer. */
export interface RawWay {
  scheme: string;
  /** for messages: `a raw connection` */
  name: string;
  /** milliseconds between two documents */
  pauseMilliseconds: number;
  probeMilliseconds: number;
  /** Throws when the printer cannot be reached. */
  probe(signal: AbortSignal): Promise<void>;
  /** Comes as near to the document's first octet as it can without sending it. Throws `offline` or a `RawRefusal`. */
  open(request: PrintRequest, octets: number): Promise<Delivery>;
}

/** From the first octet of a document to the printer's last word. */
export interface Delivery {
  /** set as soon as the printer is seen to be gone */
  readonly lost: Error | undefined;
  /** Throws when the document may not have arrived as a whole. */
  send(file: FileHandle): Promise<void>;
  end(): void;
}

/** The printer is there and takes no document now. */
export class RawRefusal extends Error {
  readonly reason = 'printer-refuses-requests';
}

export function openRawDevice(deviceId: string, uri: string, way: RawWay): OutputDevice {
  let printing = 0;
  /** reasons that the last job met before its first octet */
  let troubles: string[] = [];
  let endedAt = Number.NEGATIVE_INFINITY;
  return {
    deviceId,
    uri,
    /**
     * Reports what the last job met: a connection without octets could be taken for a job, or be in the way of one. It is
     * made only while no job tries: those of a printer that was away for long are not permitted to.
     */
    async describe(signal) {
      const isIdle = printing === 0 && performance.now() - endedAt >= way.probeMilliseconds;
      if (troubles.includes('offline') && isIdle) {
        const error = await way.probe(signal).catch((reason: Error) => reason);
        if (!error) troubles = [];
      }
      const device: Device = { deviceId, scheme: way.scheme, attributes: {}, state: 'unknown', stateReasons: troubles };
      return printing > 0 ? { ...device, state: 'processing', stateReasons: [] } : device;
    },
    async print(request) {
      const file = await open(request.path);
      printing += 1;
      try {
        await pause(endedAt + way.pauseMilliseconds - performance.now(), request.signal);
        const outcome = await printCopies(way, file, request);
        troubles = outcome.kind === 'retry' ? outcome.reasons : [];
        return outcome;
      } finally {
        endedAt = performance.now();
        printing -= 1;
        await file.close();
      }
    },
    async recover({ ticket, step }) {
      if (step.step === 'submitting') return { kind: 'not-sent' };
      const copies = copiesOf(ticket.template);
      const done = step.copiesDone ?? copies;
      if (step.step === 'sent') return done < copies ? { kind: 'not-sent' } : completed(way, ticket.template);
      return { kind: 'unconfirmed', message: `the relay stopped while it sent the document${ofCopies(done, copies)}` };
    },
  };
}

const copiesOf = (template: JobTemplate) => template.copies ?? 1;
const ofCopies = (done: number, copies: number) =>
  copies > 1 && done < copies ? `, copy ${done + 1} of ${copies}` : '';

async function printCopies(way: RawWay, file: FileHandle, request: PrintRequest): Promise<PrintOutcome> {
  const copies = copiesOf(request.ticket.template);
  for (let done = request.copiesDone ?? 0; done < copies; done++) {
    const outcome = await printCopy(way, file, request, copies > 1 ? done : undefined);
    if (outcome && outcome.kind !== 'retry')
      return { ...outcome, message: `${outcome.message}${ofCopies(done, copies)}` };
    if (outcome) return outcome;
  }
  return completed(way, request.ticket.template);
}

/** Undefined when it came out. `done`: how many copies came out before it, where there are several. */
async function printCopy(
  way: RawWay,
  file: FileHandle,
  request: PrintRequest,
  done: number | undefined,
): Promise<Exclude<PrintOutcome, { kind: 'completed' }> | undefined> {
  const { ticket, step, progress, signal } = request;
  const jobName = deviceJobName(ticket);
  const counted = done === undefined ? {} : { copiesDone: done };
  const delivery = await way.open(request, ticket.octets).catch(error => error as Error);
  if (delivery instanceof Error) return signal.aborted ? canceledUnsent : retry(delivery);
  try {
    if (signal.aborted) return canceledUnsent;
    await step({ step: 'created', jobName, ...counted });
    if (signal.aborted) return canceledUnsent;
    if (delivery.lost) return retry(delivery.lost);
    progress({ state: 'processing', reasons: ['job-printing'] });
    const failure = await delivery.send(file).catch(error => error as Error);
    if (failure) return { kind: 'unconfirmed', message: failure.message };
    if (done !== undefined && done + 1 < copiesOf(ticket.template)) {
      await step({ step: 'sent', jobName, copiesDone: done + 1 });
    }
    return undefined;
  } finally {
    delivery.end();
  }
}

function retry(error: Error): Extract<PrintOutcome, { kind: 'retry' }> {
  const reason = error instanceof RawRefusal ? error.reason : 'offline';
  return { kind: 'retry', reasons: [reason], message: error.message };
}

const canceledUnsent = { kind: 'canceled', message: 'canceled before the document was sent' } as const;

function completed({ name }: RawWay, template: JobTemplate): PrintOutcome {
  const vain = Object.keys(template).filter(
    option => option !== 'copies' && template[option as keyof JobTemplate] !== undefined,
  );
  if (vain.length === 0) return { kind: 'completed' };
  const message = `${name} cannot ask the printer for ${vain.join(', ')}`;
  return { kind: 'completed', message, warnings: [message] };
}
