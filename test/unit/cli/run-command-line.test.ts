import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Command } from '../../../cli/command.ts';
import { runCommandLine } from '../../../cli/run-command-line.ts';
import { ClientError } from '../../../client/index.ts';
import { PrintError } from '../../../shared/core/domain/errors.ts';
import { UsageError } from '../../../shared/protocol/usage-error.ts';

let failure: Error | undefined;
let listeners: ((error: Error) => void)[];
const given = process.argv;
const command: Command = {
  name: 'show',
  about: 'Shows something.',
  options: { json: { about: 'print one JSON object' } },
  setup: async () => undefined,
  run: async () => {
    if (failure) throw failure;
    return { json: { a: 1 }, lines: ['one', 'two'] };
  },
  cleanup: async () => undefined,
};

beforeEach(() => {
  failure = undefined;
  listeners = [];
  vi.spyOn(process.stdout, 'on').mockImplementation((_event, listener) => {
    listeners.push(listener);
    return process.stdout;
  });
});
afterEach(() => {
  process.argv = given;
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

/** What a command line writes, and its exit code. */
async function run(...args: string[]) {
  const [out, err] = [process.stdout, process.stderr].map(stream => vi.spyOn(stream, 'write').mockReturnValue(true));
  process.argv = ['node', 'platen', ...args];
  await runCommandLine([command]);
  const said = [out, err].map(spy => spy?.mock.calls.map(([text]) => text).join(''));
  for (const spy of [out, err]) spy?.mockRestore();
  return { out: said[0], err: said[1], code: process.exitCode };
}

it.each([
  [['show'], 'one\ntwo\n'],
  [['show', '--json'], '{"a":1}\n'],
])('%j prints lines for people, or JSON for programs', async (args, out) => {
  expect(await run(...args)).toEqual({ out, err: '', code: undefined });
});

it('help is an answer', async () => {
  expect(await run('--help')).toEqual({
    out: expect.stringMatching(/^Usage: platen .*\S\n$/s),
    err: '',
    code: undefined,
  });
});

it.each([
  [new UsageError('--to is missing.'), 2, 'platen: --to is missing.\n'],
  [new ClientError(404, 'not-found', 'Unknown job.'), 1, 'platen: Unknown job.\n'],
  [new PrintError('not-found', 'Unknown key.'), 1, 'platen: Unknown key.\n'],
  [
    new PrintError('internal', 'The table cannot be read.', { cause: new Error('AccessDenied') }),
    1,
    'platen: The table cannot be read.\nAccessDenied\n',
  ],
])('a failure in words is shown without a stack: %s', async (error, code, err) => {
  failure = error;

  expect(await run('show')).toEqual({ out: '', err, code });
});

it('a fault of the program is shown with its stack', async () => {
  failure = new TypeError('x is not a function');

  const { err, code } = await run('show');

  expect(code).toBe(1);
  expect(err).toMatch(/^platen: x is not a function\nTypeError: x is not a function\n +at /);
});

it('a line that is wrong exits with 2', async () => {
  expect(await run('shwo')).toEqual({
    out: '',
    err: expect.stringMatching(/^platen: unknown command 'shwo'/),
    code: 2,
  });
});

it('a reader that has seen enough is no failure, and any other failure to write is one', async () => {
  await run('show');
  const [listener] = listeners;

  expect(() => listener?.(Object.assign(new Error('closed'), { code: 'EPIPE' }))).not.toThrow();
  expect(() => listener?.(Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
});
