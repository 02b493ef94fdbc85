/** Every use case that a client's request can ask for, by the name that contracts use. */
export { cancelJob } from './cancel-job.ts';
export { checkJob } from './check-job.ts';
export { collectOutput } from './collect-output.ts';
export { convertDocument } from './convert-document.ts';
export { deleteFile } from './delete-file.ts';
export { describeCredits } from './describe-credits.ts';
export { describeKey } from './describe-key.ts';
export {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from './direct-upload.ts';
export { downloadOutput, downloadUpload } from './download.ts';
export { createEnrolmentCode, enrolRelay } from './enrol-relay.ts';
export { getJob } from './get-job.ts';
export { keepFile, openFile } from './keep-file.ts';
export { listJobs } from './list-jobs.ts';
export { getLocation, getPrinter, listPrinters, saveLocation, savePrinter } from './manage-printers.ts';
export { openUpload, storeDocument } from './open-upload.ts';
export { putSegment } from './put-segment.ts';
export { resolveJob } from './resolve-job.ts';
export { submitConversion } from './submit-conversion.ts';
export { submitDocument } from './submit-document.ts';
export { submitRaw } from './submit-raw.ts';
export { submitUpload } from './submit-upload.ts';
