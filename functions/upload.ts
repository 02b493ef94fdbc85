import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { openUpload } from '../shared/usecases/open-upload.ts';
import { putSegment } from '../shared/usecases/put-segment.ts';

export const handler = httpHandler(app, { openUpload, putSegment });
