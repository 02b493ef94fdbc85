import type { Converter } from '../../core/ports/index.ts';
import { readConfig, renderFunctions } from '../../protocol/config.ts';
import { app } from './app.ts';
import { makeConversionTurns } from './dynamo/conversion-turns.ts';
import { openDynamo } from './dynamo/dynamo.ts';
import { makeRemoteConverter, openLambda } from './lambda/remote-converter.ts';
import { clock } from './open-aws.ts';

let current: Converter | undefined;

/** `#converter` in AWS: the function `render` makes documents. */
export const converter: Converter = {
  async convert(conversion, context) {
    current ??= open();
    return await current.convert(conversion, context);
  },
};

function open(): Converter {
  const config = readConfig();
  const turns = makeConversionTurns({ client: openDynamo(config), name: config.jobsTable }, clock.now);
  return makeRemoteConverter(openLambda(config), renderFunctions(), app().documents, turns);
}
