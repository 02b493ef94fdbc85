import { converter } from '../shared/adapters/convert/converter.ts';
import { renderHandler } from '../shared/handlers/render.ts';

/** Makes documents of customers' content, without rights: only in AWS. One machine has worker processes. */
export const handler = renderHandler(converter);
