import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildFunction, sizeOf } from '../scripts/build.ts';
import { makePresigner } from '../shared/adapters/aws/s3/presigner.ts';
import { type FunctionName, functions } from '../shared/protocol/service-table.ts';
import { importTimes } from './import-time.ts';
import { countJobCalls, type Hop, occasionalHops } from './job-calls.ts';
import { costOf, type HopCost, transferCost } from './job-cost.ts';
import { prices } from './prices.ts';
import { markdown } from './statistics.ts';
import { uploadCosts } from './upload-calls.ts';

/*
 * `npm run bench -- footprint`: how large the functions are and how long they take to import, beside a handler that
 * has a DynamoDB client and nothing else, bundled the usual way; and what a job asks of AWS. Writes docs/footprint.md.
 */

const root = resolve(import.meta.dirname, '..');
/** Entries that answer clients, or that a job passes; `prepare` carries a browser and is another matter. */
const measured = (Object.keys(functions) as FunctionName[]).filter(name => name !== 'prepare');

/** What its usual call loads besides, by the names of files in `shared/adapters/aws/`. */
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

const intro = `Made by \`npm run bench -- footprint\` on Node ${process.version}. Times are medians of one run on one machine and good for
comparison with each other only; calls are counted, not estimated.`;

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

Minified JavaScript. The bare handler has the DynamoDB client alone, bundled as it comes. \`usual\` counts the clients too
that a function's usual call loads, \`with all\` those that any call may load: S3, SQS and AWS IoT.

${markdown(['function', 'at once, kB', 'usual, kB', 'with all, kB', 'import, ms', 'to bare'], rows)}`;
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
  return `## Presigned addresses\n\nOne takes ${each.toFixed(0)} microseconds.`;
}

async function costs(): Promise<string> {
  const hops = await countJobCalls();
  const tables = [1, 10].map(batch =>
    costTable(
      hops.filter(({ name }) => !occasionalHops.includes(name)).map(hop => costOf(hop, batch)),
      batch,
    ),
  );
  const occasional = (name: string, batch: number) => costOf(hops.find(hop => hop.name === name) as Hop, batch);
  const [repeated, poll] = [occasional('report repeated', 1), occasional('one status poll', 1)];
  const offers = [1, 10].map(batch => sumOf(occasional('offer', batch)) - ringCost + sendCost);
  return `## A job

A PDF of 100 KB to one printer, in calls and in dollars per million jobs, by the prices in \`bench/prices.ts\` and the
durations that are assumed there. Calls of the emulator's run, with the capacity that it says they consumed.

${tables.join('\n\n')}

Beside that, ${transferCost.toFixed(2)} dollars for 100 GB on their way to the relays, which any way of printing over the internet has.

Three things more depend on the job. One that comes to a printer at which others still wait to be fetched goes by the
queue \`offer\`: ${offers.map(dollars => dollars.toFixed(2)).join(' more when quiet and ')} when busy, and less where several come together, since equal messages
of a batch are worked on once and share a ring. So does one that could not be rung for. One that prints for more than three
seconds has a report of that too, which costs about what the final one costs. One after which its relay takes no other for
ten minutes or more has its final report repeated once: ${sumOf(repeated).toFixed(2)}.

${whatIsLeft}

A status poll reads ${poll.calls} and costs ${poll.parts.DynamoDB.toFixed(2)} dollars a million for it, and the gateway and the function on top.`;
}

const whatIsLeft = `Nothing here grows with the number of jobs: each pays for itself, the first thousand as the ten millionth. Between quiet
and busy lies only how many messages share a call and its requests of SQS.

The function \`print\` has the memory for what it computes: a submission takes 7 ms of a core, a body of 4.4 MB 50, a cold
start 55. With 1024 MB instead of 768 a submission would be 4 ms faster and 0.2 dearer.

What is left to save is no call that could be left out, but another way for messages to travel. What relays say takes
three requests of SQS a message. A topic rule that calls the function itself would save them, and with them batches, the
limit on how many run at once and eight deliveries before a message is given up. An acknowledgement by HTTPS, answered in
the same breath, would save those and the message that grants; relays would then need a second way to say who they are.
Both were left. So were reads that need not be strongly consistent as long as nothing is refused on their word: an eighth of
a dollar for two ways of reading one thing.`;

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
