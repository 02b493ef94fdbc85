import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someJob } from '../../../../../doubles/samples.ts';
import { scriptedConverter } from '../../../../../doubles/scripted-converter.ts';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { CallbackMessage, Messages, Webhooks } from '../../../../../shared/core/ports/index.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitConversion } from '../../../../../shared/core/usecases/documents/submit-conversion.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { notify } from '../../../../../shared/core/usecases/jobs/notify.ts';
import { handleRelayEvent } from '../../../../../shared/core/usecases/jobs/relay-events.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { describeEnd } from '../../../../../shared/handlers/describe-end.ts';
import { company, openWorld, relayId, startedAt, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const minute = 60_000;
const callback = { url: 'https://u:p@in.test/hook', origin: 'https://platen.test' };

let world: World;
let posts: { url: string; body: Record<string, unknown> }[];
beforeEach(async () => {
  world = await openWorld();
  posts = [];
});
afterEach(() => world.close());

async function submit(url = 'https://in.test/a.pdf'): Promise<Job> {
  const [job] = await submitConversion(world.ports, principal, {
    contract: 'pdfco',
    targets: [],
    name: 'a.pdf',
    template: {},
    properties: {},
    output: { fileName: 'a.pdf', keepMilliseconds: 60 * minute, once: false },
    callback,
    conversion: { kind: 'fetch', document: { kind: 'url', url } },
  });
  return job as Job;
}

const take = (queue: string) => {
  const taken = world.queued.filter(sent => sent.queue === queue);
  for (const sent of taken) world.queued.splice(world.queued.indexOf(sent), 1);
  return taken.map(({ message }) => message);
};

async function prepare(): Promise<void> {
  for (const message of take('prepare')) {
    await prepareJobs({ ...world.ports, converter: scriptedConverter }, message as Messages['prepare']);
  }
}

async function work(outcome: Awaited<ReturnType<Webhooks['post']>> = 'delivered'): Promise<number> {
  const webhooks: Webhooks = {
    async post(url, body) {
      posts.push({ url, body: JSON.parse(body) });
      return outcome;
    },
  };
  const messages = take('notify') as CallbackMessage[];
  for (const message of messages) await notify({ ...world.ports, webhooks, describeEnd }, message);
  return messages.length;
}

describe('a callback', () => {
  it('posts the answer of job/check after success', async () => {
    const { id } = await submit();
    await prepare();
    await work();

    expect(posts).toEqual([
      {
        url: callback.url,
        body: expect.objectContaining({
          status: 'success',
          jobId: id,
          url: `https://platen.test/v1/results/${id}/a.pdf`,
          name: 'a.pdf',
        }),
      },
    ]);
  });

  it('is posted after a failure and a manual end', async () => {
    await submit('https://fails.test/document-password-error');
    await prepare();
    const { id } = await submit();
    await cancelJob(world.ports, principal, { id });
    await work();

    expect(posts.map(({ body }) => body.status)).toEqual(['failed', 'aborted']);
    expect(posts[0]?.body).toMatchObject({ errorCode: 441, message: 'It failed of document-password-error.' });
  });

  it('is posted for an expired job', async () => {
    await submit();
    world.queued.splice(0);
    world.wait(61 * minute);
    await sweep(world.ports);
    await work();

    expect(posts.map(({ body }) => body.status)).toEqual(['aborted']);
  });

  it('is posted at once when a relay asks for a job whose time is over', async () => {
    const job = someJob(company, { callback, contract: 'platen', printBefore: startedAt + minute });
    await world.ports.jobs.create([job]);
    world.wait(minute);

    const ask = { instance: 'one', ask: 1, waits: false, reportSequence: 0 };
    await handleRelayEvent(world.ports, { type: 'acknowledge', relayId, jobId: job.id, attempt: 1, ...ask });
    await work();

    expect(world.sent).toMatchObject([{ message: { type: 'refused', jobId: job.id } }]);
    expect(posts).toMatchObject([{ body: { id: job.id, state: 'aborted' } }]);
  });

  it('that fails is attempted three times', async () => {
    await submit();
    await prepare();

    const tries = [await work('failed'), await work('failed'), await work('failed'), await work('failed')];

    expect(tries).toEqual([1, 1, 1, 0]);
    world.wait(50 * minute);
    await sweep(world.ports);
    expect(await work()).toBe(0);
  });

  it('that is not allowed is not attempted again', async () => {
    await submit();
    await prepare();

    expect([await work('refused'), await work()]).toEqual([1, 0]);
  });

  it('is posted once, however often the message is delivered', async () => {
    const { id } = await submit();
    await prepare();
    await work();
    world.queued.push({ queue: 'notify', message: { jobId: id, attempt: 1 } });
    await work();

    expect(posts).toHaveLength(1);
  });

  it('is posted although its message was lost', async () => {
    await submit();
    await prepare();
    take('notify');
    world.wait(6 * minute);
    await sweep(world.ports);
    await work();

    expect(posts).toHaveLength(1);
  });

  it('that is lost again and again does not keep a job from ending', async () => {
    const { id } = await submit();
    await prepare();
    for (let round = 0; round < 20; round++) {
      take('notify');
      world.wait(30 * minute);
      await sweep(world.ports);
    }

    const job = await world.ports.jobs.get(id);
    expect(job?.output?.discardedAt).toBeDefined();
    expect(job?.dueAt).toBeUndefined();
  });
});
