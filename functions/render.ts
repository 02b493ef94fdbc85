import { converter } from '../shared/adapters/convert/converter.ts';
import { endWhenMemoryRunsShort } from '../shared/adapters/convert/memory-limit.ts';
import { renderHandler } from '../shared/handlers/render.ts';
import { functionMegabytes } from '../shared/protocol/config.ts';

/**
 * Makes documents of customers' content, without rights: only in AWS, as `render` and with more memory as `render-large`.
 * One machine has worker processes.
 */
export const handler = renderHandler(converter);

void endWhenMemoryRunsShort(functionMegabytes());
