import { describe, expectTypeOf, it } from 'vitest';
import type * as z from 'zod';
import type {
  BulkOutcome,
  ClientCheck,
  ClientJob,
  ClientKey,
  ClientLocation,
  ClientPrinter,
  ClientRelay,
  ClientSharedJob,
  ClientTrace,
} from '../../../client/index.ts';
import type * as answers from '../../../shared/contracts/platen/answers.ts';

/* The client's types name the members of the API's answers, no more and no fewer. The compiler checks it. */

type Answers = typeof answers;
type Answer<Name extends keyof Answers> = Answers[Name] extends z.ZodType ? z.output<Answers[Name]> : never;
type Row<List, Name extends keyof List> = List[Name] extends (infer One)[] ? One : never;

describe('the types of the client', () => {
  it('take every answer', () => {
    expectTypeOf<Answer<'job'>>().toExtend<ClientJob>();
    expectTypeOf<Answer<'trace'>>().toExtend<ClientTrace>();
    expectTypeOf<Answer<'sharedJob'>>().toExtend<ClientSharedJob>();
    expectTypeOf<Answer<'submissionCheck'>>().toExtend<ClientCheck>();
    expectTypeOf<Answer<'printer'>>().toExtend<ClientPrinter>();
    expectTypeOf<Answer<'location'>>().toExtend<ClientLocation>();
    expectTypeOf<Row<Answer<'relays'>, 'relays'>>().toExtend<ClientRelay>();
    expectTypeOf<Omit<Answer<'key'>, 'scopes'>>().toExtend<Omit<ClientKey, 'scopes'>>();
    expectTypeOf<Row<Answer<'bulkResult'>, 'results'>>().toExtend<BulkOutcome>();
  });

  it('have the members of the answers', () => {
    expectTypeOf<keyof ClientJob>().toEqualTypeOf<keyof Answer<'job'>>();
    expectTypeOf<keyof ClientSharedJob>().toEqualTypeOf<keyof Answer<'sharedJob'>>();
    expectTypeOf<keyof ClientTrace>().toEqualTypeOf<keyof Answer<'trace'>>();
    expectTypeOf<keyof Row<ClientTrace, 'stages'>>().toEqualTypeOf<keyof Row<Answer<'trace'>, 'stages'>>();
    expectTypeOf<keyof ClientCheck>().toEqualTypeOf<keyof Answer<'submissionCheck'>>();
    expectTypeOf<keyof ClientPrinter>().toEqualTypeOf<keyof Answer<'printer'>>();
    expectTypeOf<keyof ClientLocation>().toEqualTypeOf<Exclude<keyof Answer<'location'>, 'next'>>();
    expectTypeOf<keyof ClientRelay>().toEqualTypeOf<keyof Row<Answer<'relays'>, 'relays'>>();
    expectTypeOf<keyof ClientKey>().toEqualTypeOf<keyof Answer<'key'>>();
  });
});
