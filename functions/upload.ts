import { app } from '#app';
import { deleteFile } from '../shared/core/usecases/documents/delete-file.ts';
import { downloadOutput, downloadUpload, getJobDocument } from '../shared/core/usecases/documents/download.ts';
import {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from '../shared/core/usecases/uploads/direct-upload.ts';
import { keepFile, openFile } from '../shared/core/usecases/uploads/keep-file.ts';
import { openUpload, storeDocument } from '../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../shared/core/usecases/uploads/put-segment.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, {
  abortDirectUpload,
  completeDirectUpload,
  deleteFile,
  downloadOutput,
  downloadUpload,
  getDirectUpload,
  getJobDocument,
  keepFile,
  openDirectUpload,
  openFile,
  openUpload,
  putSegment,
  storeDocument,
});
