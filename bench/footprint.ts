import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildFunction, sizeOf } from '../scripts/build.ts';
import { makePresigner } from '../shared/aws/presigner.ts';
import { type FunctionName, functions } from '../shared/service-table.ts';
import { importTimes } from './import-time.ts';
import { countJobCalls } from './job-calls.ts';
import { costOf, type HopCost, transferCost } from './job-cost.ts';
import { markdown } from './statistics.ts';
import { uploadCosts } from './upload-calls.ts';

/*
 * `npm run bench -- footprint`: how large the functions are and how long they take to import, beside a handler that
 * has a DynamoDB client and nothing else, bundled the usual way; and what a job asks of AWS. Writes docs/footprint.md.
 */

const root = resolve(import.meta.dirname, '..');
/** Entries that answer clients, or that a job passes; `prepare` carries a browser and is another matter. */
const measured = (Object.keys(functions) as FunctionName[]).filter(name => name !== 'prepare');

/** What its usual call loads besides, by the names of files in `shared/aws/`. */
const usual: Partial<Record<FunctionName, readonly string[]>> = {
  print: ['documents', 's3', 'queue'],
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
  const bareOctets = (await stat(join(folder, 'bare.mjs'))).size / 1000;
  const rows = [['a bare handler', bareOctets.toFixed(0), '', '', bare.toFixed(0), '1.00']];
  for (const name of measured) {
    const { first, withNamed, all } = await sizeOf(join(folder, name), usual[name]);
    const time = times[name] as number;
    const kilobytes = [first, withNamed, all].map(octets => (octets / 1000).toFixed(0));
    rows.push([name, ...kilobytes, time.toFixed(0), (time / bare).toFixed(2)]);
  }
  return `## Functions

Minified JavaScript. The bare handler has the DynamoDB client alone, bundled as it comes. \`usual\` counts the clients too
that a function's usual call loads, \`with all\` those that any call may load: S3, SQS and AWS IoT.

${markdown(['function', 'at once, kB', 'usual, kB', 'with all, kB', 'import, ms', 'to bare'], rows)}

\`print\` and \`upload\` are over 400 kB by S3's client, which brings some 145 kB of XML, checksums, endpoint rules and
all of its commands. A put by an address that we sign ourselves would take 2 kB; it was left, since retries, timeouts and
the meaning of S3's refusals would then be told twice. \`relay\` is over it by the client that enrols, which is rare.`;
}

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
      hops.slice(0, -2).map(hop => costOf(hop, batch)),
      batch,
    ),
  );
  const [repeated, poll] = hops.slice(-2).map(hop => costOf(hop, 1)) as [HopCost, HopCost];
  return `## A job

A PDF of 100 KB to one printer, in calls and in dollars per million jobs, by the prices in \`bench/prices.ts\` and the
durations that are assumed there. Calls of the emulator's run, with the capacity that it says they consumed.

${tables.join('\n\n')}

Beside that, ${transferCost.toFixed(2)} dollars for 100 GB on their way to the relays, which any way of printing over the internet has.

Jobs that come to one printer together share a doorbell, since equal messages of a batch are worked on once; that is not
counted here. Two things more depend on the job. One that prints for more than three seconds has a report of that too, which costs about
what the final one costs. One after which its relay takes no other for ten minutes or more has its final report repeated
once: ${sumOf(repeated).toFixed(2)}.

${whatIsLeft}

A status poll reads ${poll.calls} and costs ${poll.parts.DynamoDB.toFixed(2)} dollars a million for it, and the gateway and the function on top.`;
}

const whatIsLeft = `What is left to save is no call that could be left out, but another way for messages to travel. The doorbell rung by
\`print\` itself instead of through the queue \`offer\` saves three requests of SQS and a call of a function, and makes the
client wait for AWS IoT. A topic rule that calls the function itself instead of the queue \`relay-events\` saves three
requests of SQS a message, and with them batches, the limit on how many run at once and eight deliveries before a message
is given up. Both were left: a queue between two parts is what lets either be away. Nothing here grows with the number of
jobs: each pays for itself.`;

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
