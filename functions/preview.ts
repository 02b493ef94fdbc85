import { app } from '#app';
import { converter } from '#converter';
import { previewPage } from '../shared/core/usecases/documents/preview-page.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Shows pages of documents. It waits for their pictures: a function of its own, so that it takes no concurrency from others. */
export const handler = httpHandler(() => ({ ...app(), converter }), { previewPage });
