import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { ClientCheck, ClientJob, JobWishes, PlatenClient } from '../../client/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Given, numberOf } from '../command.ts';
import { userCommand } from './connection.ts';
import { jobIdIn, jobOperand } from './job-id.ts';

async function print(client: PlatenClient, given: Given) {
  if ((given.check ?? []).length > 0) return await check(client, given);
  const isWatched = (given.watch ?? []).length > 0;
  const jobs: ClientJob[] = [];
  for (const file of given.file ?? []) jobs.push(...(await printFile(client, file, given)));
  const shown = isWatched ? await Promise.all(jobs.map(job => watch(client, job))) : jobs;
  return { json: { jobs: shown }, lines: shown.map(({ id, printer, summary }) => `${id}  ${printer}  ${summary}`) };
}

/** What would come of it, without a job. */
async function check(client: PlatenClient, given: Given) {
  const checks: (ClientCheck & { file: string })[] = [];
  const wishes = { options: optionsIn(given), ...wishesIn(given) };
  for (const file of given.file ?? []) {
    const id = await client.upload(await open(file), { name: basename(file) });
    checks.push({ file, ...(await client.check(id, given.to ?? [], wishes)) });
  }
  const lines = checks.flatMap(({ file, format, pageCount, warnings, printers }) =>
    printers.map(({ printer, state, substitutions }) =>
      [`${file}  ${printer}  ${format}  ${pageCount ?? '?'} pages  ${state}`, ...warnings, ...substitutions].join(
        '\n  ',
      ),
    ),
  );
  return { json: { checks }, lines };
}

function wishesIn(given: Given): JobWishes {
  return {
    hold: (given.hold ?? []).length > 0 || undefined,
    holdUntil: given['hold-until']?.[0],
    expiresInSeconds: numberOf(given, 'expires-in'),
    supersedes: given.supersedes?.[0],
  };
}

function optionsIn(given: Given): Record<string, unknown> {
  const options = Object.fromEntries((given.option ?? []).map(optionIn));
  const copies = numberOf(given, 'copies');
  return copies === undefined ? options : { ...options, copies };
}

async function printFile(client: PlatenClient, file: string, given: Given): Promise<ClientJob[]> {
  const name = given.name?.[0] ?? basename(file);
  const wishes = { name, options: optionsIn(given), ...wishesIn(given) };
  const document = await open(file);
  const id = await client.upload(document, { name, progress: process.stderr.isTTY ? bar(file) : undefined });
  return await client.print(id, given.to ?? [], wishes);
}

async function open(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read. Is there such a file?`, { cause: error });
  }
}

/** `sides=two-sided-long-edge`, `print-quality=5` */
function optionIn(text: string): [string, unknown] {
  const [, name = '', value = ''] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === '') throw new UsageError(`--option ${text} is not NAME=VALUE.`);
  return [name, /^\d+$/.test(value) ? Number(value) : value];
}

const barCharacters = 30;

/** One line that grows, for documents that take longer than one request. */
function bar(file: string): (sent: number, octets: number) => void {
  let last = '';
  return (sent, octets) => {
    const share = octets === 0 ? 1 : sent / octets;
    const filled = '#'.repeat(Math.floor(share * barCharacters)).padEnd(barCharacters, '.');
    const line = `${basename(file)}  ${filled}  ${Math.floor(share * 100)} % of ${(octets / 1_000_000).toFixed(1)} MB`;
    if (line === last) return;
    last = line;
    process.stderr.write(`\r${line}${share === 1 ? '\n' : ''}`);
  };
}

async function watch(client: PlatenClient, { id }: ClientJob): Promise<ClientJob> {
  const changed = ({ printer, summary, message, next }: ClientJob) =>
    void process.stderr.write(`${[`${printer}: ${summary}.`, message, next].filter(Boolean).join(' ')}\n`);
  const job = await client.waitFor(id, { changed });
  if (job.state !== 'completed') process.exitCode = 1;
  return job;
}

export const printCommand = userCommand({
  name: 'print',
  about: 'Prints files. With --watch it follows them to paper, and exits with 1 when one was not printed.',
  operand: { name: 'file', about: 'what to print', isMany: true },
  options: {
    to: { value: 'LOCATION:DEVICE', about: 'a printer, see "printers"', isRequired: true, isMany: true },
    name: { value: 'TEXT', about: 'the name of the job (default: of the file)' },
    copies: { value: 'NUMBER', about: 'how many copies' },
    option: { value: 'NAME=VALUE', about: 'such as sides=two-sided-long-edge', isMany: true },
    hold: { about: 'print when it is released' },
    'hold-until': { value: 'TIME', about: 'release it at this time, such as 2026-12-01T08:00:00Z' },
    'expires-in': { value: 'SECONDS', about: 'do not print it later than this' },
    supersedes: { value: 'KEY', about: 'replace an older job with this key that has not begun to print' },
    check: { about: 'only say how it would be printed' },
    watch: { about: 'wait until it is printed, and show each state' },
  },
  run: print,
});

export const reprintCommand = userCommand({
  name: 'reprint',
  about: 'Prints a job again.',
  operand: jobOperand,
  options: { to: { value: 'LOCATION:DEVICE', about: 'another printer', isMany: true } },
  run: async (client, given) => {
    const jobs = await client.copy(await jobIdIn(client, given), given.to?.length ? given.to : undefined);
    return { json: { jobs }, lines: jobs.map(({ id, printer, summary }) => `${id}  ${printer}  ${summary}`) };
  },
});
