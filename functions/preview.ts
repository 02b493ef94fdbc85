import { app } from '#app';
import { converter } from '../shared/adapters/convert/converter.ts';
import { previewPage } from '../shared/core/usecases/documents/preview-page.ts';
import { httpHandler } from '../shared/handlers/http.ts';

/** Shows pages of documents. Apart from the other functions, which process no content of customers. */
export const handler = httpHandler(() => ({ ...app(), converter }), { previewPage });
