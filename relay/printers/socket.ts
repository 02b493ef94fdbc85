import { type FileHandle, open } from 'node:fs/promises';
import { parseSocketUri, type SocketTarget } from '../../shared/core/domain/device-address.ts';
import type { JobTemplate } from '../../shared/core/domain/job-template.ts';
import type { Device } from '../../shared/core/domain/printer.ts';
import { type DeviceOptions, type DeviceTimes, deviceTimes } from './device-options.ts';
import { deviceJobName, type OutputDevice, type PrintOutcome, type PrintRequest } from './output-device.ts';
import { pause } from './pause.ts';
import { connect, SocketConversation } from './socket-conversation.ts';

/**
 * A raw socket, port 9100: octets go in and no answer comes out. The one sign of life is the peer's FIN after ours.
 * Printers send it when they have taken the last octet off the wire, which is as near to "printed" as this way goes. A
 * write that returned proves nothing: the octets may still be in our own buffers.
 *
 * Copies are sent one after another, each on its own connection, and counted in the journal. Nothing else of a job
 * template can be asked for.
 */
export function openSocketDevice(deviceId: string, uri: string, options: DeviceOptions = {}): OutputDevice {
  const target = parseSocketUri(uri);
  const times = deviceTimes({ closeMilliseconds: target.idleMilliseconds, ...options });
  let printing = 0;
  /** nothing listened when the last job came */
  let isAway = false;
  let endedAt = Number.NEGATIVE_INFINITY;
  return {
    deviceId,
    uri,
    /** Reports what the last job met: a connection without octets could be taken for a job, or be in the way of one. */
    async describe() {
      const device: Device = { deviceId, scheme: 'socket', attributes: {}, state: 'unknown', stateReasons: [] };
      if (printing > 0) return { ...device, state: 'processing' };
      return isAway ? { ...device, stateReasons: ['offline'] } : device;
    },
    async print(request) {
      const file = await open(request.path);
      printing += 1;
      try {
        await pause(endedAt + target.pauseMilliseconds - performance.now(), request.signal);
        const outcome = await printCopies(target, times, file, request);
        isAway = outcome.kind === 'retry';
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
      if (step.step === 'sent') return done < copies ? { kind: 'not-sent' } : completed(ticket.template);
      return { kind: 'unconfirmed', message: `the relay stopped while it sent the document${ofCopies(done, copies)}` };
    },
  };
}

const copiesOf = (template: JobTemplate) => template.copies ?? 1;
const ofCopies = (done: number, copies: number) =>
  copies > 1 && done < copies ? `, copy ${done + 1} of ${copies}` : '';

async function printCopies(
  target: SocketTarget,
  times: DeviceTimes,
  file: FileHandle,
  request: PrintRequest,
): Promise<PrintOutcome> {
  const copies = copiesOf(request.ticket.template);
  for (let done = request.copiesDone ?? 0; done < copies; done++) {
    const outcome = await printCopy(target, times, file, request, copies > 1 ? done : undefined);
    if (outcome && outcome.kind !== 'retry')
      return { ...outcome, message: `${outcome.message}${ofCopies(done, copies)}` };
    if (outcome) return outcome;
  }
  return completed(request.ticket.template);
}

/** Undefined when it came out. `done`: how many copies came out before it, where there are several. */
async function printCopy(
  target: SocketTarget,
  times: DeviceTimes,
  file: FileHandle,
  { ticket, step, progress, signal }: PrintRequest,
  done: number | undefined,
): Promise<Exclude<PrintOutcome, { kind: 'completed' }> | undefined> {
  const jobName = deviceJobName(ticket);
  const counted = done === undefined ? {} : { copiesDone: done };
  await step({ step: 'submitting', jobName, ...counted });
  const socket = await connect(target, times, signal);
  if (signal.aborted) {
    if (!(socket instanceof Error)) socket.destroy();
    return canceledUnsent;
  }
  if (socket instanceof Error) return { kind: 'retry', reasons: ['offline'], message: socket.message };

  const conversation = new SocketConversation(socket, times, target.closesAtEnd, signal);
  try {
    await step({ step: 'created', jobName, ...counted });
    if (signal.aborted) return canceledUnsent;
    if (conversation.lost) return { kind: 'retry', reasons: ['offline'], message: conversation.lost.message };
    progress({ state: 'processing', reasons: ['job-printing'] });
    const failure = await conversation.send(file).catch(error => error as Error);
    if (failure) return { kind: 'unconfirmed', message: failure.message };
    await step({ step: 'sent', jobName, ...(done === undefined ? {} : { copiesDone: done + 1 }) });
    return undefined;
  } finally {
    conversation.end();
  }
}

const canceledUnsent = { kind: 'canceled', message: 'canceled before the document was sent' } as const;

function completed(template: JobTemplate): PrintOutcome {
  const vain = Object.keys(template).filter(
    name => name !== 'copies' && template[name as keyof JobTemplate] !== undefined,
  );
  if (vain.length === 0) return { kind: 'completed' };
  const message = `a raw connection cannot ask the printer for ${vain.join(', ')}`;
  return { kind: 'completed', message, warnings: [message] };
}
