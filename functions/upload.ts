import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from '../shared/usecases/direct-upload.ts';
import { openUpload, storeDocument } from '../shared/usecases/open-upload.ts';
import { putSegment } from '../shared/usecases/put-segment.ts';

export const handler = httpHandler(app, {
  abortDirectUpload,
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
  openUpload,
  putSegment,
  storeDocument,
});
