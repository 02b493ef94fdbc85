import { describe, expect, it } from 'vitest';
import { call } from '../../../shared/contracts/use-cases.ts';
import type { CallbackPolicy, Ports } from '../../../shared/core/ports/index.ts';
import { convertDocument } from '../../../shared/core/usecases/documents/convert-document.ts';
import { getJob } from '../../../shared/core/usecases/jobs/get-job.ts';
import { httpHandler } from '../../../shared/handlers/http.ts';

/*
 * What does not compile is the subject here: `npm run check` fails when a line marked `@ts-expect-error` compiles.
 */

const ports = {} as Ports;
const callbackPolicy = {} as CallbackPolicy;
const answer = () => ({ status: 200, headers: {}, body: '' });

describe('the joint between functions and use cases', () => {
  it('takes a function that opens every port of its use cases', () => {
    expect(httpHandler(() => ({ ...ports, callbackPolicy }), { convertDocument, getJob })).toBeTypeOf('function');
  });

  it('refuses a function that opens too few ports', () => {
    // @ts-expect-error convertDocument takes a callback policy
    httpHandler(() => ports, { convertDocument });
    // @ts-expect-error getJob reads jobs
    httpHandler(() => ({ registry: ports.registry, clock: ports.clock }), { getJob });
  });

  it('refuses a use case under the name of another', () => {
    // @ts-expect-error the name and the implementation differ
    httpHandler(() => ports, { cancelJob: convertDocument });
  });

  it('compares a command with its use case', () => {
    // @ts-expect-error getJob takes an address
    call.getJob({ uploadId: '1' }, answer);
    // @ts-expect-error there is no such use case
    expect(() => call.fetchJob({}, answer)).not.toThrow();
  });
});
