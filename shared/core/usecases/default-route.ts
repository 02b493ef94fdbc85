/**
 * Use cases that the default route may invoke. Requests of the older dialects come in any spelling, and those that match no
 * route exactly go there; so it has no use case that makes keys or identities.
 */

export { describeCredits } from './accounts/describe-credits.ts';
export { describeKey } from './accounts/describe-key.ts';
export { checkSubmission } from './documents/check-submission.ts';
export { collectOutput } from './documents/collect-output.ts';
export { convertDocument } from './documents/convert-document.ts';
export { copyJob, moveJob } from './documents/copy-job.ts';
export { deleteFile } from './documents/delete-file.ts';
export { downloadOutput, downloadUpload, getJobDocument } from './documents/download.ts';
export { printTestPage } from './documents/print-test-page.ts';
export { submitConversion } from './documents/submit-conversion.ts';
export { submitDocument } from './documents/submit-document.ts';
export { submitRaw } from './documents/submit-raw.ts';
export { submitUpload } from './documents/submit-upload.ts';
export { cancelJob } from './jobs/cancel-job.ts';
export { cancelJobs } from './jobs/cancel-jobs.ts';
export { checkJob } from './jobs/check-job.ts';
export { getJob } from './jobs/get-job.ts';
export { listJobs } from './jobs/list-jobs.ts';
export { releaseJob } from './jobs/release-job.ts';
export { resolveJob, resolveJobs } from './jobs/resolve-job.ts';
export { traceJob } from './jobs/trace-job.ts';
export { viewJob } from './jobs/view-job.ts';
export { identifyPrinter } from './relays/identify-printer.ts';
export { getLocation, getPrinter, listPrinters, saveLocation, savePrinter } from './relays/manage-printers.ts';
export { deletePrinter, listLocations } from './relays/remove-places.ts';
export {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from './uploads/direct-upload.ts';
export { keepFile, openFile } from './uploads/keep-file.ts';
export { openUpload, storeDocument } from './uploads/open-upload.ts';
export { putSegment } from './uploads/put-segment.ts';
