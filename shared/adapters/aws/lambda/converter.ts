import type { Converter } from '../../../core/ports/index.ts';
import { readConfig, renderFunction } from '../../../protocol/config.ts';
import { app } from '../app.ts';
import { makeRemoteConverter, openLambda } from './remote-converter.ts';

let current: Converter | undefined;

/** `#converter` in AWS: the function `render` makes documents. */
export const converter: Converter = {
  async convert(conversion, context) {
    current ??= makeRemoteConverter(openLambda(readConfig()), renderFunction(), app().documents);
    return await current.convert(conversion, context);
  },
};
