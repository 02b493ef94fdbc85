import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { tableBelow } from '../../../doubles/document-tables.ts';
import { environments } from '../../../infra/environments.ts';
import { wrongKeysAtMost } from '../../../server/key-brake.ts';
import { claimMilliseconds } from '../../../shared/adapters/embedded/sqlite/job-store.ts';
import { jobMilliseconds, printedMilliseconds } from '../../../shared/adapters/embedded/sqlite/retention.ts';
import { errorCatalogue } from '../../../shared/contracts/platen/problem.ts';
import { described } from '../../../shared/contracts/platen/routes.ts';
import { bulk, jobQuery, jobSubmission } from '../../../shared/contracts/platen/schemas.ts';
import { type Job, type Standing, transitions } from '../../../shared/core/domain/job.ts';
import { maximumNameCharacters } from '../../../shared/core/domain/job-name.ts';
import { longestHoldMilliseconds, standingTimeouts } from '../../../shared/core/domain/job-schedule.ts';
import { wordsOf } from '../../../shared/core/domain/job-words.ts';
import { defaultUploadQuota } from '../../../shared/core/domain/upload-quota.ts';
import { maximumTargets } from '../../../shared/core/usecases/jobs/accepting-printers.ts';
import { uploadMilliseconds } from '../../../shared/core/usecases/uploads/open-upload.ts';
import { gatewayLimits } from '../../../shared/protocol/service-table.ts';

/* The tables of docs/api.md say what the code says. */

const page = 'docs/api.md';
const marked = (cell: string | undefined) => Array.from((cell ?? '').matchAll(/`([^`]*)`/g), ([, word]) => word);

describe('the states in docs/api.md', () => {
  const rows = tableBelow(page, 'States');
  const summaries = rows.flatMap(([summary]) => marked(summary));

  it.each(Object.keys(transitions))('have a row for %s', standing => {
    const [state, reason] = standing.split('/');
    const job = { standing: standing as Standing, reasons: [], since: 0, history: [] } as unknown as Job;
    const { summary } = wordsOf({ job });

    const row = rows.find(([words, states]) => marked(words).includes(summary) && marked(states).includes(state));

    expect(marked(row?.[2])).toContain(reason);
  });

  const sources = ['job-words', 'printer-conditions'].map(name =>
    readFileSync(`shared/core/domain/${name}.ts`, 'utf8'),
  );
  const written = [...sources.join('\n').matchAll(/summary: '([^']+)'/g)].map(([, summary]) => summary as string);

  it.each([...new Set(written)])('have the summary "%s"', summary => {
    expect(summaries).toContain(summary);
  });

  it('have no summary that does not exist', () => {
    const made = summaries.filter(summary => !written.includes(summary as string));

    expect(made).toEqual(['waiting for 2 jobs ahead']);
  });
});

it('the errors in docs/api.md are those of the catalogue', () => {
  const catalogue = Object.entries(errorCatalogue).map(([code, { status, title }]) => [
    `\`${code}\``,
    `${status}`,
    title,
  ]);

  expect(tableBelow(page, 'Errors')).toEqual(catalogue);
});

it.each(described.filter(({ access }) => access !== 'anyone').map(({ methods: [method], path }) => [method, path]))(
  'the calls in docs/api.md include %s %s',
  (method, path = '') => {
    const calls = tableBelow(page, 'Calls').map(([call]) => marked(call).map(text => text?.replace(/\?.*/, '')));
    // rows name what a path takes in their own words
    const pattern = new RegExp(`^((GET|POST|PUT|PATCH|DELETE) )?${path.replace(/\{\w+\}/g, '\\{[\\w:]+\\}')}$`);

    const row = calls.find(call => call.some(text => pattern.test(text ?? '')) && call.join(' ').includes(`${method}`));

    expect(row).toBeDefined();
  },
);

describe('the limits in docs/api.md', () => {
  const rows = new Map(tableBelow(page, 'Limits').map(([what, limit]) => [what, limit]));
  const hours = (milliseconds: number | undefined) => (milliseconds ?? 0) / 3_600_000;
  const days = (milliseconds: number | undefined) => hours(milliseconds) / 24;
  const gibibytes = (octets: number) => `${octets / 1024 ** 3} GiB`;
  const count = (number: number) => number.toLocaleString('en-US');
  const schema = (type: z.ZodType) => JSON.stringify(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }));
  const { submission, ids, query } = { submission: schema(jobSubmission), ids: schema(bulk), query: schema(jobQuery) };
  // base64 makes four characters of three octets; some are needed for the rest of the event
  const inRequest = Math.floor(((gatewayLimits.functionPayloadOctets * 3) / 4 / 1_000_000 - 0.3) * 10) / 10;
  const [fetchable, stopped, unconfirmed] = (
    [
      'pending/job-fetchable',
      'processing-stopped/printer-stopped',
      'processing-stopped/delivery-unconfirmed',
    ] satisfies Standing[]
  ).map(standing => `${days(standingTimeouts[standing])} days`);
  const { documentOctets, openSessions, octetsInFlight } = defaultUploadQuota;

  it.each([
    ['a document in one request', `about ${inRequest} MB`],
    ['a document in parts', gibibytes(documentOctets)],
    ['open uploads of a company', `${count(openSessions)}, of together ${gibibytes(octetsInFlight)}`],
    ['an upload, from its first part to its last job', `${hours(uploadMilliseconds)} hours`],
    ['an `Idempotency-Key`', `${hours(claimMilliseconds)} hours`],
    ['printers of one request', `${maximumTargets}`],
    ['the name of a job', `${maximumNameCharacters} characters`],
    ['a job that no relay fetches', `expires after ${fetchable}`],
    ['a job at a printer that is stopped', `expires after ${stopped}, unconfirmed if pages may have printed`],
    ['a held job', `expires after ${days(longestHoldMilliseconds)} days`],
    ['an unconfirmed job', `fails after ${unconfirmed}`],
    ['the record of a job', `${days(jobMilliseconds)} days after its end`],
    ['wrong keys of one address on one machine', `${wrongKeysAtMost} a minute, then 429`],
  ])('%s: %s', (what, limit) => {
    expect(rows.get(what)).toBe(limit);
  });

  it('those of a schema are in it', () => {
    expect(rows.get('tags of a job')).toBe('20 of 255 characters');
    expect(submission).toContain(
      '"maxItems":20,"type":"array","items":{"type":"string","minLength":1,"maxLength":255}',
    );
    expect(rows.get('`copies`')).toBe('9,999');
    expect(submission).toContain('"copies":{"type":"integer","minimum":1,"maximum":9999}');
    expect(rows.get('jobs in a page of the list; jobs canceled at once')).toBe('100');
    expect(ids).toContain('"maxItems":100');
    expect(query).toContain('"maximum":100');
  });

  it('documents of jobs are deleted a day after the end', () => {
    expect(printedMilliseconds).toBe(24 * 3_600_000);
    expect(environments.prod.documentDays).toBe(1);
    expect(rows.get('the document of a job')).toContain('a day after its last job has ended');
  });
});
