import type { ClientJob, PlatenClient } from '../../client/index.ts';
import { type Answer, numberOf, only } from '../command.ts';
import { idText, tableOf, timeText } from '../table.ts';
import { userCommand } from './connection.ts';
import { jobIdIn, jobOperand } from './job-id.ts';

const filters = {
  state: { value: 'STATE', about: 'active, ended, attention, or an IPP job state' },
  printer: { value: 'LOCATION:DEVICE', about: 'of this printer' },
  location: { value: 'ID', about: 'of this location' },
  user: { value: 'TEXT', about: 'of this user' },
  tag: { value: 'TEXT', about: 'with this tag' },
  text: { value: 'TEXT', about: 'with this in the name' },
};

/** A job with its words, and the states that it went through. */
function shown(job: ClientJob): Answer {
  const { id, printer, name, summary, message, next, warnings = [], history } = job;
  const said = [message, next, ...warnings].filter((line): line is string => line !== undefined);
  const trace = history.map(({ at, state, reasons, message = '', actor }) =>
    `  ${at}  ${state}  ${reasons.join(', ')}  ${message}${actor ? ` (${actor})` : ''}`.trimEnd(),
  );
  return { json: job, lines: [`${id}  ${printer ?? ''}  ${name}`, summary, ...said, '', ...trace] };
}

const change = (
  name: string,
  about: string,
  work: (client: PlatenClient, id: string, to: string) => Promise<ClientJob>,
  option?: { name: string; value: string; about: string; among?: readonly string[] },
) =>
  userCommand({
    name,
    about,
    operand: jobOperand,
    options: option ? { [option.name]: { ...option, isRequired: true } } : {},
    run: async (client, given) =>
      shown(await work(client, await jobIdIn(client, given), option ? only(given, option.name) : '')),
  });

export const jobCommands = [
  userCommand({
    name: 'jobs',
    about: 'Lists jobs, newest first.',
    options: { ...filters, limit: { value: 'NUMBER', about: 'how many', byDefault: '20' } },
    run: async (client, given) => {
      const limit = numberOf(given, 'limit');
      const filter = Object.fromEntries(Object.keys(filters).map(name => [name, given[name]?.[0]]));
      const jobs: ClientJob[] = [];
      for await (const job of client.jobs(filter)) {
        if (jobs.push(job) === limit) break;
      }
      const rows = jobs.map(job => [
        idText(job.id),
        job.printer ?? '',
        timeText(job.submittedAt),
        job.summary,
        job.name,
      ]);
      return { json: { jobs }, lines: tableOf(['JOB', 'PRINTER', 'SUBMITTED', 'STATE', 'NAME'], rows, 'No jobs.') };
    },
  }),
  change('job', 'Shows a job and its states.', (client, id) => client.job(id)),
  change('cancel', 'Cancels a job.', (client, id) => client.cancel(id)),
  change('move', 'Moves a job that still waits to another printer.', (client, id, to) => client.move(id, to), {
    name: 'to',
    value: 'LOCATION:DEVICE',
    about: 'the other printer',
  }),
  change('release', 'Prints a held job now.', (client, id) => client.release(id)),
  userCommand({
    name: 'trace',
    about: 'Shows the stages of a job with their times.',
    operand: jobOperand,
    run: async (client, given) => {
      const trace = await client.trace(await jobIdIn(client, given));
      const rows = trace.stages.map(({ stage, from, milliseconds, reasons, message = '', actor = '' }) => [
        ...[timeText(from), stage, `${milliseconds} ms`, reasons.join(', '), actor, message],
      ]);
      return { json: trace, lines: tableOf(['FROM', 'STAGE', 'TIME', 'REASONS', 'BY', 'MESSAGE'], rows, 'No stages.') };
    },
  }),
  change(
    'resolve',
    'Decides about a job that may have printed.',
    (client, id, as) => client.resolve(id, as as 'printed' | 'reprint'),
    { name: 'as', value: 'DECISION', about: 'what happened', among: ['printed', 'reprint'] },
  ),
];
