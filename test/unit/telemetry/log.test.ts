import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addContext, withContext } from '../../../shared/telemetry/context.ts';
import { configureLog, limitedLog, log } from '../../../shared/telemetry/log.ts';

let lines: string[];
let undo: () => void;

beforeEach(() => {
  lines = [];
  undo = configureLog({ level: 'info', format: 'json', write: line => lines.push(line) });
});
afterEach(() => undo());

const written = () => lines.map(line => JSON.parse(line));

describe('a log line', () => {
  it('has level, event, version and the fields of its context', async () => {
    await withContext({ requestId: 'r1' }, async () => {
      await Promise.resolve();
      addContext({ companyId: 'acme' });
      withContext({ jobId: 'j1' }, () => log.warn('ring-failed', { relayId: 'relay-1' }));
    });
    log.info('outside');

    expect(written()).toMatchObject([
      { level: 'warn', event: 'ring-failed', requestId: 'r1', companyId: 'acme', jobId: 'j1', relayId: 'relay-1' },
      { level: 'info', event: 'outside', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    ]);
    expect(written()[1]).not.toHaveProperty('requestId');
  });

  it('keeps an error with its causes and stacks', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:631'), { code: 'ECONNREFUSED' });
    log.error('message-failed', { error: new TypeError('The printer does not answer.', { cause }) });

    const [{ error }] = written();
    expect(error).toMatchObject({ name: 'TypeError', message: 'The printer does not answer.' });
    expect(error.stack).toContain('log.test.ts');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED', stack: expect.stringContaining('log.test.ts') });
  });

  it('survives circles, depth, symbols of other realms and octets', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    log.info('odd', { circle, bytes: new Uint8Array(5_000_000), big: 10n });

    expect(lines[0]?.length).toBeLessThan(1000);
    expect(written()[0]).toMatchObject({ bytes: '[5000000 bytes]', big: '10' });
  });

  it.each([
    'GET https://bucket.s3.amazonaws.com/key?X-Amz-Signature=5ec2e7 failed',
    'https://user:5ec2e7@example.com/a.pdf',
    'Authorization: Bearer 5ec2e7abcdef',
    'authorization=Basic 5ec2e7==',
  ])('removes the secret of %s', text => {
    log.error('fetch-failed', {
      text,
      nested: { error: new Error(text) },
      headers: { authorization: text, 'x-api-key': text },
    });

    expect(lines[0]).not.toContain('5ec2e7');
  });

  it('leaves out what is below the level', () => {
    log.debug('request');

    expect(lines).toEqual([]);
  });

  it('is readable as text', () => {
    configureLog({ format: 'text' });
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    log.error('job-not-taken', { jobId: 'ab12', printer: 'office:laser', error: new Error('No answer.', { cause }) });

    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR job-not-taken {2}jobId=ab12 {2}printer=office:laser\n/);
    expect(lines[0]).toMatch(
      /Error: No answer\.\n {4}because Error ECONNRESET: socket hang up\n {4}at .*log\.test\.ts/,
    );
  });

  it('is written once in a while where it could flood, with the number left out', () => {
    const limited = limitedLog('warn', 60_000);
    for (let count = 0; count < 1000; count++) limited('request-unauthorized', {});

    expect(written()).toHaveLength(1);
  });
});
