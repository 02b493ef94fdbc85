import { app } from '#app';
import { changeOf } from '../shared/adapters/aws/dynamo/stream-changes.ts';
import { recordChanges } from '../shared/core/usecases/events/record-changes.ts';
import { streamHandler } from '../shared/handlers/stream.ts';

/** Writes the events of changes in AWS. On one machine the stores do that themselves. */
export const handler = streamHandler(changeOf, changes => recordChanges(app(), changes));
