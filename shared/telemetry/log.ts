import { version } from '../protocol/version.ts';
import { contextFields } from './context.ts';
import { type Line, type LogFormat, layouts } from './layouts.ts';
import { plain } from './plain.ts';

/*
 * One structured line per event on standard error. A line has `at`, `level`, `event` and `version`, the fields of the
 * current context (request, message, company, job), and the fields of the event. Errors keep message, code, cause and
 * stack. Document bytes, credentials and presigned addresses never reach a line: `plain` removes what looks like one.
 */

export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];
export type Fields = Record<string, unknown>;

let threshold = levels.indexOf('info');
let layout = layouts.json;
let write = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Sets what is written and how; called once at start-up, and by tests. Returns a function that undoes it. */
export function configureLog(options: {
  level?: Level;
  format?: LogFormat;
  write?: (line: string) => void;
}): () => void {
  const before = { threshold, layout, write };
  if (options.level) threshold = levels.indexOf(options.level);
  if (options.format) layout = layouts[options.format];
  if (options.write) write = options.write;
  return () => {
    ({ threshold, layout, write } = before);
  };
}

export const log = {
  debug: (event: string, fields?: Fields) => writeLine('debug', event, fields),
  info: (event: string, fields?: Fields) => writeLine('info', event, fields),
  /** handled: the work goes on, another way or later */
  warn: (event: string, fields?: Fields) => writeLine('warn', event, fields),
  /** something was lost or needs a person */
  error: (event: string, fields?: Fields) => writeLine('error', event, fields),
};

function writeLine(level: Level, event: string, fields: Fields = {}): void {
  if (levels.indexOf(level) < threshold) return;
  const line: Line = { at: new Date().toISOString(), level, event, ...contextFields(), ...fields, version };
  write(layout(plain(line) as Line));
}

/** Writes at most one line in `everyMilliseconds`, with the number of those left out as `suppressed`. */
export function limitedLog(level: Level, everyMilliseconds: number): (event: string, fields?: Fields) => void {
  let nextAt = 0;
  let suppressed = 0;
  return (event, fields) => {
    const now = Date.now();
    if (now < nextAt) {
      suppressed++;
      return;
    }
    log[level](event, suppressed > 0 ? { ...fields, suppressed } : fields);
    nextAt = now + everyMilliseconds;
    suppressed = 0;
  };
}
