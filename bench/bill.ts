import { environments } from '../infra/environments.ts';
import { grantsOf } from '../infra/grants.ts';
import { jobsKeptSeconds } from '../shared/adapters/aws/dynamo/job-items.ts';
import { pauseAfter } from '../shared/core/usecases/documents/convert-document.ts';
import { keepaliveSeconds } from '../shared/protocol/relay-protocol.ts';
import { functions, queues } from '../shared/protocol/service-table.ts';
import { documentOctets } from './job-calls.ts';
import { assumed, assumedMilliseconds, megabytesOfCore, prices } from './prices.ts';
import { markdown } from './statistics.ts';

/*
 * What a month costs beside the requests of jobs, and what breaks first when there are more of them. Everything is computed
 * from the counted job, the settings of `prod`, the service table and the prices.
 */

/** A counted job; dollars are per million. */
export interface CountedJob {
  quietDollars: number;
  writeUnits: number;
  /** written to the logs of functions */
  logOctets: number;
  /** of its item in the table, with its entries in the indexes */
  itemOctets: number;
  pollReadUnits: number;
  /** dollars of a relay that disconnects and connects again, with its share of functions and queues */
  reconnectDollars: number;
}

const { prod } = environments;
const million = 1e6;
const gigabyte = 1e9;
const monthSeconds = 30 * 24 * 3600;
const dollars = (value: number) => (value >= 1000 ? value.toFixed(0) : value.toFixed(2));
const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);

const seconds = (name: keyof typeof functions, milliseconds: number, price = prices.gigabyteSecondArm) =>
  million * (functions[name].memoryMegabytes / 1024) * (milliseconds / 1000) * price;
const logs = (octets: number) =>
  million * (octets / gigabyte) * (prices.logGigabyte + (prod.logDays / 30) * prices.logGigabyteMonth);

/** Dollars of a million jobs, by what they are for. */
function millionJobs(job: CountedJob) {
  const kept = million * (documentOctets / gigabyte) * (prod.documentDays / 30) * prices.s3GigabyteMonth;
  // S3 deletes for nothing; the sweep reads the job and its document's item
  const documents = kept + 2 * million * prices.readUnit + seconds('sweep', assumed.deletionMilliseconds);
  const months = jobsKeptSeconds / monthSeconds;
  const tables =
    million * (job.itemOctets / gigabyte) * months * (prices.tableGigabyteMonth + prices.backupGigabyteMonth);
  const cold =
    assumed.coldShare *
    (seconds('print', assumed.coldMilliseconds) + 2 * seconds('relay-events', assumed.coldMilliseconds));
  const polls =
    prices.httpRequest * million + prices.invocation * million + seconds('status', assumed.statusMilliseconds);
  const poll = polls + million * job.pollReadUnits * prices.readUnit + logs(assumed.accessLineOctets);
  return {
    requests: job.quietDollars,
    documents,
    tables,
    logs: logs(job.logOctets + assumed.accessLineOctets),
    cold,
    poll,
    egress: million * (documentOctets / gigabyte) * prices.gigabyteOut,
  };
}

/** Dollars of a million jobs without status polls and egress. */
export function allIn(job: CountedJob): number {
  const { requests, documents, tables, logs, cold } = millionJobs(job);
  return sum([requests, documents, tables, logs, cold]);
}

/** Milliseconds in a function of what takes so much of a core and waits for the rest of its time. */
const inFunction = (name: keyof typeof functions, coreMilliseconds: number, waited = 0) =>
  waited + coreMilliseconds / Math.min(functions[name].memoryMegabytes / megabytesOfCore, 1);

/** Dollars of a million pages that a request waits for, each of which renders so long on a whole core. */
export function waitingPage(job: CountedJob, pageSeconds: number, pageCoreSeconds: number): Record<string, number> {
  const rendering = inFunction('render', pageCoreSeconds * 1000, (pageSeconds - pageCoreSeconds) * 1000);
  const preparing = inFunction('prepare', assumed.prepareCoreMilliseconds, rendering);
  const milliseconds = preparing;
  let polls = 0;
  for (let at = 0; at < milliseconds; at += pauseAfter(at) + assumed.readMilliseconds) polls++;
  return {
    render: seconds('render', rendering, prices.gigabyteSecondX86) + prices.invocation * million,
    prepare: seconds('prepare', preparing) + prices.invocation * million,
    convert: seconds('convert', milliseconds) + (prices.httpRequest + prices.invocation) * million,
    polls: million * polls * job.pollReadUnits * prices.readUnit,
    // the request, the document and their deletion; three changes of the job; a message
    'objects, tables, queue':
      million * (2 * prices.s3Put + 2 * prices.s3Get + 9 * prices.writeUnit + 3 * prices.queueRequest),
  };
}

function relayMonth(job: CountedJob, reconnects: number): number {
  return (monthSeconds / 60) * prices.iotMinute + (reconnects * job.reconnectDollars) / million;
}

/** Dollars of a month without a job: alarms are billed by the metrics they look at. */
export const idleMonth = (alarmMetrics: number) =>
  sum([
    alarmMetrics * prices.alarmMetric,
    prices.dashboard,
    assumed.customMetrics * prices.customMetric,
    Object.keys(queues).length * assumed.queuePollsMonth * prices.queueRequest,
    (monthSeconds / 60) * (prices.invocation + seconds('sweep', 200) / million),
  ]);

/** A month of a key of the environment, which services ask for each role and resource at most every five minutes. */
export function ownKeyMonth(): number {
  const uses = (Object.keys(functions) as (keyof typeof functions)[]).flatMap(name => {
    const used = grantsOf(name).flatMap(grant => {
      if (grant.kind === 'items' || grant.kind === 'index') return [grant.table];
      if (grant.kind === 'queue') return [grant.name];
      return grant.kind === 'objects' ? ['bucket'] : [];
    });
    return [...new Set(used)];
  });
  return prices.keyMonth + uses.length * (monthSeconds / 300) * prices.keyRequest;
}

const pollsPerJob = 3;
const jobCounts = [1e6, 10e6, 100e6, 1000e6];
const relayCounts = [10, 1000, 100_000, 1_000_000];
const named = (count: number) => count.toLocaleString('en');

/** The peak is taken as this multiple of the average of a month. */
const peak = 5;

/** The most jobs a month that each limit takes. */
function limits(job: CountedJob) {
  const events = queues['relay-events'];
  const reserved = (name: keyof typeof functions) => prod.reservedConcurrency[name] ?? Number.NaN;
  const perSecond: Record<string, number> = {
    'rendering of pages that take 3 s (`render`), if each job has one': reserved('render') / 3,
    'route throttle (`throttle`)': prod.throttle.perSecond,
    'tables (`tableUnits`)': prod.tableUnits / job.writeUnits,
    // an acknowledgement and a report
    'messages of relays (`relay-events`)':
      (events.concurrency * events.batchSize) / (assumed.batchMilliseconds / 1000) / 2,
    'submissions (`print`)': reserved('print') / (assumedMilliseconds.print / 1000),
    [`status polls, ${pollsPerJob} a job (\`statusThrottle\`)`]: prod.statusThrottle.perSecond / pollsPerJob,
  };
  return Object.entries(perSecond)
    .map(([name, rate]) => ({ name, rate, jobs: (rate / peak) * monthSeconds }))
    .sort((a, b) => a.jobs - b.jobs);
}

export function billSections(job: CountedJob, alarmMetrics: number): string {
  const { requests, documents, tables, logs, cold, poll, egress } = millionJobs(job);
  const whole = allIn(job);
  const real = whole + pollsPerJob * poll + egress;
  const rows: [string, number][] = [
    ['requests and functions, as above, quiet', requests],
    [`documents until ${prod.documentDays} day after the end, and their deletion`, documents],
    ['tables for 30 days after the end, and their backups', tables],
    [`logs, kept for ${prod.logDays} days`, logs],
    [`cold starts, ${100 * assumed.coldShare} % of invocations`, cold],
    ['**without polls and egress**', whole],
    [`${pollsPerJob} status polls a job, ${dollars(poll)} each`, pollsPerJob * poll],
    ['egress of 100 GB', egress],
    ['**all of it**', real],
  ];
  const pages = assumed.pages.map(page => [page, waitingPage(job, page.seconds, page.coreSeconds)] as const);
  const kinds = Object.keys(pages[0]?.[1] ?? {});
  const month = (jobs: number, relays: number) =>
    idleMonth(alarmMetrics) + (jobs / million) * real + relays * relayMonth(job, 30);
  const reconnectSeconds = (relays: number) => relays / assumed.connectsPerSecond;
  return `## A bill

A million jobs of a PDF of 100 KB, with what is not a request of a job, in dollars, with the settings of \`prod\`.

${markdown(
  ['', 'dollars'],
  rows.map(([name, value]) => [name, dollars(value)]),
)}

A million requests that wait for a page of HTML, by how long it takes on a whole core, and how much of that it computes.
\`render\` has ${(functions.render.memoryMegabytes / megabytesOfCore).toFixed(2)} of a core, so it computes longer; so does \`prepare\`, ${assumed.prepareCoreMilliseconds} ms of a core for each document. The
browser exists for x86-64 only; \`prepare\` and \`convert\` wait meanwhile.

${markdown(
  ['page', 'seconds', 'computes', ...kinds, 'sum'],
  pages.map(([{ name, seconds, coreSeconds }, parts]) => [
    name,
    String(seconds),
    String(coreSeconds),
    ...kinds.map(kind => dollars(parts[kind] ?? 0)),
    dollars(sum(Object.values(parts))),
  ]),
)}

A connected relay costs ${relayMonth(job, 0).toFixed(4)} a month, and a million of them that disconnect and connect again
${dollars(job.reconnectDollars)}. An idle environment costs ${dollars(idleMonth(alarmMetrics))} a month, ${dollars(alarmMetrics * prices.alarmMetric)} of it for alarms, which are billed
by the ${alarmMetrics} metrics they look at. A key of its own (\`ownKey\`) adds at most ${dollars(ownKeyMonth())}.

A month, with ${pollsPerJob} polls a job and a reconnection of each relay a day, and in parentheses for a million jobs:

${markdown(
  ['relays', ...jobCounts.map(count => `${named(count)} jobs`)],
  relayCounts.map(relays => [
    named(relays),
    ...jobCounts.map(jobs => {
      const bill = month(jobs, relays);
      return `${bill.toFixed(0)} (${((bill * million) / jobs).toFixed(0)})`;
    }),
  ]),
)}

## What breaks first

The most jobs a month that each limit of \`prod\` takes, if the busiest hour has ${peak} times the average. Each is a number in
\`infra/environments.ts\` or \`shared/protocol/service-table.ts\`; raise the account's concurrency with them. A new table takes
4,000 write units a second at once, and \`warmTableUnits\` prepares it for more.

${markdown(
  ['limit', 'a second', 'jobs a month'],
  limits(job).map(({ name, rate, jobs }) => [name, rate.toFixed(0), `${(jobs / million).toFixed(0)} million`]),
)}

Relays are limited by AWS IoT, for the whole account and adjustable: ${named(assumed.connectionsAtMost)} connections at once, and ${assumed.connectsPerSecond} connects
a second. Each pings every ${keepaliveSeconds} seconds, which costs nothing.

${markdown(
  ['relays', 'all connect again within', 'first limit'],
  relayCounts.map(relays => [
    named(relays),
    `${Math.max(2, Math.ceil(reconnectSeconds(relays)))} s`,
    relays > assumed.connectionsAtMost ? 'connections at once' : relays > 10_000 ? 'connects a second' : 'none',
  ]),
)}`;
}
