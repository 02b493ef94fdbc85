import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildFunction, sizeOf } from '../scripts/build.ts';
import { makePresigner } from '../shared/adapters/aws/s3/presigner.ts';
import { type FunctionName, functions } from '../shared/protocol/service-table.ts';
import { countAlarmMetrics } from './alarm-metrics.ts';
import { billSections, type CountedJob } from './bill.ts';
import { importTimes } from './import-time.ts';
import { countJobCalls, eventHops, type Hop, jobChanges, occasionalHops, reconnectHops } from './job-calls.ts';
import { costOf, type HopCost, transferCost } from './job-cost.ts';
import { prices } from './prices.ts';
import { markdown } from './statistics.ts';
import { uploadCosts } from './upload-calls.ts';

/*
 * `npm run bench -- footprint`: size and import time of each function, compared with a handler that has only a DynamoDB
 * client, bundled with defaults; and the AWS requests of a job. Writes docs/footprint.md.
 */

const root = resolve(import.meta.dirname, '..');
/** Functions on the path of clients and jobs. `prepare` contains a browser and is not comparable. */
const measured = (Object.keys(functions) as FunctionName[]).filter(
  name => (functions[name].codeOf ?? name) !== 'render',
);

/** Files in `shared/adapters/aws/` that the function's usual invocation imports in addition. */
const usual: Partial<Record<FunctionName, readonly string[]>> = {
  print: ['documents', 's3', 'relay-link'],
  upload: ['documents', 's3', 'pieces'],
  relay: ['relay-identities'],
  offer: ['relay-link'],
  'relay-events': ['relay-link'],
};

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-footprint-'));
  try {
    const sections = [await sizes(folder), presigning(), await costs(), await uploadCosts()];
    const text = ['# Footprint', intro, ...sections].join('\n\n');
    await writeFile(join(root, 'docs/footprint.md'), `${text}\n`);
    console.log(text);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const intro = `Made by \`npm run bench -- footprint\` on Node ${process.version}. Times are medians of one run on one machine;
compare them only with each other. Requests are counted, not estimated.`;

async function sizes(folder: string): Promise<string> {
  await bareHandler(join(folder, 'bare.mjs'));
  for (const name of measured) await buildFunction(join(root, 'functions', `${name}.ts`), join(folder, name));
  const files = Object.fromEntries(measured.map(name => [name, join(folder, name, 'index.mjs')]));
  const times = await importTimes({ bare: join(folder, 'bare.mjs'), ...files });
  const bare = times.bare as number;
  const bareOctets = (await stat(join(folder, 'bare.mjs'))).size;
  const rows = [['a bare handler', kilobytesOf(bareOctets), '', '', bare.toFixed(0), '1.00']];
  for (const name of measured) {
    const { first, withNamed, all } = await sizeOf(join(folder, name), usual[name]);
    const time = times[name] as number;
    rows.push([name, ...[first, withNamed, all].map(kilobytesOf), time.toFixed(0), (time / bare).toFixed(2)]);
  }
  return `## Functions

Minified JavaScript. The bare handler has only the DynamoDB client, bundled with defaults. \`usual\` includes the clients that
a usual invocation imports; \`with all\` includes those that any invocation may import: S3, SQS and AWS IoT.

${markdown(['function', 'on import, kB', 'usual, kB', 'with all, kB', 'import, ms', 'to bare'], rows)}`;
}

const kilobytesOf = (octets: number) => (octets / 1000).toFixed(0);

async function bareHandler(outfile: string): Promise<void> {
  const contents = `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
    const client = new DynamoDBClient({});
    export const handler = key => client.send(new GetItemCommand({ TableName: 'jobs', Key: key }));`;
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    logLevel: 'error',
  });
}

function presigning(): string {
  const presign = makePresigner({
    region: 'eu-central-1',
    bucket: 'documents',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'x'.repeat(900) },
    now: Date.now,
  });
  const times = 20_000;
  const sign = (part: number) =>
    presign({
      method: 'PUT',
      key: 'companies/a/documents/b',
      expiresSeconds: 900,
      query: { partNumber: String(part) },
    });
  for (let part = 0; part < times / 10; part++) sign(part);
  const start = performance.now();
  for (let part = 0; part < times; part++) sign(part);
  const each = ((performance.now() - start) / times) * 1000;
  return `## Presigned addresses\n\nComputing one takes ${each.toFixed(0)} microseconds.`;
}

async function costs(): Promise<string> {
  const { hops, itemOctets } = await countJobCalls();
  const ofEvents = Object.values(eventHops);
  const tables = [1, 10].map(batch =>
    costTable(
      hops.filter(isOfEveryJob).map(hop => costOf(hop, batch)),
      batch,
    ),
  );
  const one = (name: string, batch: number) => costOf(hops.find(hop => hop.name === name) as Hop, batch);
  const [repeated, poll] = [one('report repeated', 1), one('one status poll', 1)];
  const offers = [1, 10].map(batch => sumOf(one('offer', batch)) - ringCost + sendCost);
  return `## A job

A PDF of 100 KB to one printer, in requests and in dollars per million jobs, with the prices and assumed durations in
\`bench/prices.ts\`. Requests and consumed capacity are those of a run on the emulator.

${tables.join('\n\n')}

In addition, ${transferCost.toFixed(2)} dollars for transferring 100 GB to the relays, as in any printing over the internet.

Three further costs depend on the job. A job for a printer at which others wait, or whose publish fails, passes the queue
\`offer\`: ${offers.map(dollars => dollars.toFixed(2)).join(' more when quiet and ')} when busy, and less if several arrive together, since equal messages of a batch are
processed once and share a publish. A job that prints for more than three seconds has an additional report, which costs about
as much as the final one. If its relay acknowledges no other job within ten minutes, its final report is repeated once: ${sumOf(repeated).toFixed(2)}.

${whatIsLeft}

A status poll makes ${poll.calls} and costs ${poll.parts.DynamoDB.toFixed(2)} dollars a million for it, plus gateway and function.

${eventsTable(ofEvents.map(name => [one(name, 1), one(name, 10)]))}

${billSections(countedJob(hops, itemOctets), await countAlarmMetrics())}`;
}

const rare = [...occasionalHops, ...reconnectHops, ...Object.values(eventHops)];
const isOfEveryJob = ({ name }: Hop) => !rare.includes(name);

export function countedJob(hops: Hop[], itemOctets: number): CountedJob {
  const usual = hops.filter(isOfEveryJob);
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const poll = hops.find(({ name }) => name === 'one status poll');
  return {
    quietDollars: total(usual.map(hop => sumOf(costOf(hop, 1)))),
    writeUnits: total(usual.map(({ writeUnits }) => writeUnits)),
    logOctets: total(usual.map(({ logOctets }) => logOctets)),
    itemOctets,
    pollReadUnits: poll?.readUnits ?? Number.NaN,
    reconnectDollars: total(hops.filter(({ name }) => reconnectHops.includes(name)).map(hop => sumOf(costOf(hop, 10)))),
  };
}

/** `costs`: of each hop when quiet and when busy. */
function eventsTable(costs: [HopCost, HopCost][]): string {
  const rows = costs.map(([quiet, busy]) => [
    quiet.name,
    quiet.calls,
    ...[quiet.parts.DynamoDB, sumOf(quiet), sumOf(busy)].map(dollars => dollars.toFixed(2)),
  ]);
  return `## Events

The ${jobChanges} events of such a job, in addition, in dollars per million jobs. The stream of the table reaches the function
\`events\` also for companies that use no events; a busy stream brings more changes at once, which also share a transaction.

${markdown(['', 'calls', 'DynamoDB', 'sum when quiet', 'sum when busy'], rows)}`;
}

const whatIsLeft = `Costs are proportional to the number of jobs. Quiet and busy times differ only in how many messages share an
invocation and its SQS requests.

The memory of \`print\` is chosen for its computation: 7 ms of a core for a submission, 50 ms for a body of 4.4 MB, 55 ms for a
cold start. With 1024 MB instead of 768 a submission would be 4 ms faster and cost 0.2 more.

No further request can be omitted; only other transports would save more. A message from a relay takes three SQS requests. A
topic rule that invokes the function directly would save them, but lose batching, the concurrency limit and eight deliveries
before the dead-letter queue. Acknowledging over HTTPS would also save the message that grants the job, but relays would need
a second credential. Eventually consistent reads, where no refusal depends on them, would save an eighth of a dollar, for two
ways of reading the same data.`;

/** A ring that goes out with the submission, in the place of a message to the queue. */
const ringCost = 2 * prices.iotMessage * 1e6;
const sendCost = prices.queueRequest * 1e6;

const sumOf = ({ parts }: HopCost) => Object.values(parts).reduce((sum, part) => sum + part, 0);

function costTable(costs: ReturnType<typeof costOf>[], batch: number): string {
  const kinds = Object.keys(costs[0]?.parts ?? {}) as (keyof ReturnType<typeof costOf>['parts'])[];
  const dollars = (values: number[]) =>
    [...values, values.reduce((sum, value) => sum + value, 0)].map(v => v.toFixed(2));
  const rows = costs.map(cost => [cost.name, cost.calls, ...dollars(kinds.map(kind => cost.parts[kind]))]);
  const sums = kinds.map(kind => costs.reduce((sum, cost) => sum + cost.parts[kind], 0));
  const title = batch === 1 ? 'Quiet: every message travels alone.' : `Busy: functions take ${batch} messages at once.`;
  return `${title}\n\n${markdown(['hop', 'calls', ...kinds, 'sum'], [...rows, ['sum', '', ...dollars(sums)]])}`;
}
