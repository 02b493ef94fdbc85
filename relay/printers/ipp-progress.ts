import type { JobView } from './ipp-job-view.ts';
import type { PrinterView } from './ipp-printer-view.ts';
import type { Progress } from './output-device.ts';

/** Passes on only what is new. */
export function newsOnly(progress: (progress: Progress) => void): (progress: Progress) => void {
  let before = '';
  return now => {
    const text = JSON.stringify(now);
    if (text === before) return;
    before = text;
    progress(now);
  };
}

/** The state of job and printer with the printer's own keywords; absent: not known. */
export function progressOf(job: JobView | undefined, printer: PrinterView | undefined): Progress {
  const isStopped = job?.state === 'processing-stopped' || printer?.isStopped === true;
  const ours = isStopped ? 'printer-stopped' : isQueued(job) ? 'queued-in-device' : 'job-printing';
  const theirs = [...(job?.reasons ?? []), ...(printer?.reasons ?? [])];
  const message = job?.message ?? printer?.message;
  return {
    state: isStopped ? 'processing-stopped' : 'processing',
    reasons: [...new Set([ours, ...theirs])],
    ...(message ? { message } : {}),
  };
}

const isQueued = (job: JobView | undefined) => job?.state === 'pending' || job?.state === 'pending-held';
