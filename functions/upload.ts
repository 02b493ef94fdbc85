import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { deleteFile } from '../shared/usecases/delete-file.ts';
import {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from '../shared/usecases/direct-upload.ts';
import { downloadOutput, downloadUpload } from '../shared/usecases/download.ts';
import { keepFile, openFile } from '../shared/usecases/keep-file.ts';
import { openUpload, storeDocument } from '../shared/usecases/open-upload.ts';
import { putSegment } from '../shared/usecases/put-segment.ts';

export const handler = httpHandler(app, {
  abortDirectUpload,
  completeDirectUpload,
  deleteFile,
  downloadOutput,
  downloadUpload,
  getDirectUpload,
  keepFile,
  openDirectUpload,
  openFile,
  openUpload,
  putSegment,
  storeDocument,
});
