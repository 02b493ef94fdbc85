import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { someCompany, someJob } from '../doubles/samples.ts';
import { startDeliveries } from '../doubles/webhook-deliveries.ts';
import { openEmbedded } from '../shared/adapters/embedded/open-embedded.ts';
import { makeEventLog } from '../shared/adapters/embedded/sqlite/event-log.ts';
import { makeJobStore } from '../shared/adapters/embedded/sqlite/job-store.ts';
import { migrations } from '../shared/adapters/embedded/sqlite/schema.ts';
import { Sqlite } from '../shared/adapters/embedded/sqlite/sqlite.ts';
import { makeWebhookQueue } from '../shared/adapters/embedded/sqlite/webhook-queue.ts';
import { eventPoster } from '../shared/adapters/web/event-poster.ts';
import type { Job, JobEvent } from '../shared/core/domain/job.ts';
import { applyEvent } from '../shared/core/domain/job-events.ts';
import type { JobStore } from '../shared/core/ports/index.ts';
import { deliverEvent } from '../shared/core/usecases/events/deliver-event.ts';
import { createWebhook } from '../shared/core/usecases/events/manage-webhooks.ts';
import { useAllowFetch } from '../shared/protocol/config.ts';
import { markdown, median, percentile } from './statistics.ts';

/*
 * `npm run bench -- events`: how late 200 events a second reach five webhooks on one machine, and how many jobs a second the
 * store takes with and without events, in turns.
 */

const eventsPerSecond = 200;
const seconds = 20;
const webhooks = 5;

export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-events-'));
  try {
    await deliveries(join(folder, 'deliveries'));
    await throughput(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Receives in its own process, and prints how long each event took. */
const receiver = `
  import { createServer } from 'node:http';
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    console.log(Date.now() - Date.parse(JSON.parse(body).timestamp));
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
`;

async function startReceiver(): Promise<{ port: number; delays: number[]; process: ChildProcess }> {
  const started = spawn(process.execPath, ['--input-type=module', '-e', receiver], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const delays: number[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  let rest = '';
  started.stdout.on('data', chunk => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('port ')) resolve(Number(line.slice(5)));
      else delays.push(Number(line));
    }
  });
  return { port: await promise, delays, process: started };
}

async function deliveries(folder: string): Promise<void> {
  useAllowFetch(['127.0.0.1']);
  const { port, delays, process: receiving } = await startReceiver();
  const embedded = await openEmbedded({ folder, publicUrl: () => 'http://localhost' });
  const ports = { ...embedded, eventPoster };
  const companyId = someCompany();
  for (let count = 0; count < webhooks; count++) {
    const url = `http://127.0.0.1:${port}/${count}`;
    await createWebhook(ports, { companyId, scopes: ['admin'] }, { url, types: ['job.*'] });
  }
  const delivering = startDeliveries(embedded, message => deliverEvent(ports, message));
  const startedAt = performance.now();
  for (let sent = 0; sent < eventsPerSecond * seconds; ) {
    const elapsed = Math.min((performance.now() - startedAt) / 1000, seconds);
    const due = Math.floor(elapsed * eventsPerSecond);
    const now = Date.now();
    const batch = Array.from({ length: Math.min(due - sent, 50) }, () =>
      someJob(companyId, { submittedAt: now, updatedAt: now }),
    );
    sent += batch.length;
    if (batch.length > 0) await Promise.all(batch.map(job => embedded.jobs.create([job])));
    else await sleep(2);
  }
  const wanted = eventsPerSecond * seconds * webhooks;
  for (let waited = 0; delays.length < wanted && waited < 60; waited++) await sleep(1000);
  await delivering.stop();
  await embedded.close();
  receiving.kill();
  const at = (share: number) => String(percentile(delays, share));
  console.log(
    markdown(
      ['events a second', 'webhooks', 'delivered', 'of', 'p50, ms', 'p95, ms', 'p99, ms'],
      [[`${eventsPerSecond}`, `${webhooks}`, `${delays.length}`, `${wanted}`, at(0.5), at(0.95), at(0.99)]],
    ),
  );
}

const jobsAtOnce = 8;
const roundJobs = 400;
const rounds = 8;

/** What happens to a job that prints. */
const life: JobEvent[] = [
  { type: 'acknowledged', relayId: 'r' as NonNullable<Job['relayId']>, attempt: 1 },
  { type: 'reported', attempt: 1, sequence: 1, state: 'completed', reasons: [] },
];

async function throughput(folder: string): Promise<void> {
  const open = (name: string, hasEvents: boolean) => {
    const db = new Sqlite(join(folder, name), migrations);
    const log = makeEventLog(db, makeWebhookQueue(db, Date.now));
    return { db, store: makeJobStore(db, Date.now, hasEvents ? log : { append: () => undefined }) };
  };
  const [off, on] = [open('off.db', false), open('on.db', true)];
  const ratios: number[] = [];
  const speeds = { off: [] as number[], on: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const one = await jobsPerSecond((first ? off : on).store);
    const other = await jobsPerSecond((first ? on : off).store);
    speeds.off.push(first ? one : other);
    speeds.on.push(first ? other : one);
    ratios.push((speeds.on.at(-1) as number) / (speeds.off.at(-1) as number));
  }
  off.db.close();
  on.db.close();
  console.log(
    `\n${markdown(
      ['jobs a second without events', 'with', 'ratio'],
      [[median(speeds.off).toFixed(0), median(speeds.on).toFixed(0), median(ratios).toFixed(2)]],
    )}`,
  );
}

async function jobsPerSecond(store: JobStore): Promise<number> {
  const companyId = someCompany();
  const startedAt = performance.now();
  let left = roundJobs;
  const worker = async () => {
    while (left-- > 0) {
      const outcome = await store.create([someJob(companyId)]);
      if (typeof outcome === 'string' || 'replayed' in outcome) throw new Error('It is a new job.');
      let job = outcome.created[0] as Job;
      for (const event of life) {
        const saved = await store.save(applyEvent(job, event, Date.now()) as Job);
        if ('saved' in saved) job = saved.saved;
      }
    }
  };
  await Promise.all(Array.from({ length: jobsAtOnce }, worker));
  return roundJobs / ((performance.now() - startedAt) / 1000);
}
