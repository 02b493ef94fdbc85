import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Conversion } from '../../../../../shared/core/domain/conversion.ts';
import { PrintError, type PrintErrorCode, printErrorCodes } from '../../../../../shared/core/domain/errors.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { ConversionContext, Converted } from '../../../../../shared/core/ports/index.ts';
import { collectOutput } from '../../../../../shared/core/usecases/documents/collect-output.ts';
import { prepareJobs } from '../../../../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitConversion } from '../../../../../shared/core/usecases/documents/submit-conversion.ts';
import { cancelJob } from '../../../../../shared/core/usecases/jobs/cancel-job.ts';
import { sweep } from '../../../../../shared/core/usecases/upkeep/sweep.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const pdf = Buffer.from('%PDF-1.7 made');
const minute = 60_000;
const output = { fileName: 'page.pdf', keepMilliseconds: 15 * minute, once: true };

const page: Conversion = {
  kind: 'page',
  content: { kind: 'html', html: '<p>' },
  cookies: [{ name: 'session', value: 's3cret' }],
  backgrounds: false,
  media: 'print',
  fullLoad: true,
  scripts: true,
};

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const submit = (more: Partial<Parameters<typeof submitConversion>[2]> = {}) =>
  submitConversion(world.ports, principal, {
    contract: 'scriptx',
    targets: [],
    name: 'page',
    template: {},
    properties: {},
    output,
    conversion: page,
    ...more,
  });

type Convert = (conversion: Conversion, context: ConversionContext) => Promise<Converted | undefined>;
const made: Convert = async () => ({ bytes: pdf, pageCount: 3, warnings: ['A glyph is missing.'] });

/** Processes the messages in the queue, oldest first. */
async function prepare(convert: Convert = made): Promise<void> {
  const waiting = world.queued.splice(0).filter(({ queue }) => queue === 'prepare');
  for (const { message } of waiting) {
    await prepareJobs({ ...world.ports, converter: { convert } }, message as Parameters<typeof prepareJobs>[1]);
  }
}

const now = async ({ id }: Job) => (await world.ports.jobs.get(id)) as Job;
const keptConversions = () => world.ports.documents.list(`companies/${company}/conversions/`);
const keptOutputs = () => world.ports.documents.list(`companies/${company}/outputs/`);
const laser = { locationId: 'office', deviceId: 'laser' };

describe('a conversion of a company that has too many under way', () => {
  const refuse: Convert = async () => Promise.reject(new PrintError('busy', 'Too many.'));

  it('is tried again later, less and less often', async () => {
    const delays: (number | undefined)[] = [];
    const send = world.ports.queue.send;
    world.ports.queue.send = async (queue, messages, delay) => {
      if (queue === 'prepare') delays.push(delay);
      await send(queue, messages, delay);
    };
    const [job] = (await submit()) as [Job];

    for (let time = 0; time < 5; time++) await prepare(refuse);

    expect(delays.slice(1)).toEqual([5, 10, 20, 30, 30]);
    expect((await now(job)).standing).toBe('processing/job-transforming');
  });

  it('is made when there is room', async () => {
    const [job] = (await submit()) as [Job];
    await prepare(refuse);
    await prepare();

    expect((await now(job)).standing).toMatch(/^completed/);
    expect(await keptConversions()).toEqual([]);
  });
});

it('a conversion that fails ends its job for the reason of the failure', async () => {
  const reasonOf: Partial<Record<PrintErrorCode, string>> = {
    ...{ 'document-access-error': 'document-access-error', 'document-access-denied': 'document-access-error' },
    ...{ 'bad-address': 'document-access-error', 'not-found': 'document-access-error' },
    ...{ 'document-password-error': 'document-password-error' },
    ...{ 'document-permission-error': 'document-permission-error' },
    ...{ 'bad-page-range': 'page-range-error', 'page-out-of-range': 'page-range-error' },
    ...{ 'credits-spent': 'account-limit-reached' },
    ...{ 'too-large': 'document-unprintable-error', 'too-many': 'document-unprintable-error' },
    timeout: 'document-unprintable-error',
  };
  const codes = printErrorCodes.filter(code => code !== 'internal' && code !== 'busy');

  const seen: [PrintErrorCode, string[], string?][] = [];
  for (const code of codes) {
    const [job] = (await submit()) as [Job];
    await prepare(async () => Promise.reject(new PrintError(code, `It failed of ${code}.`)));
    const { standing, reasons, message } = await now(job);
    expect(standing).toBe('aborted/aborted-by-system');
    seen.push([code, reasons, message]);
  }

  expect(seen).toEqual(codes.map(code => [code, [reasonOf[code] ?? 'document-format-error'], `It failed of ${code}.`]));
});

describe('a conversion', () => {
  it('is produced, and its request is deleted with its cookies', async () => {
    const [job] = (await submit()) as [Job];

    expect(await keptConversions()).toHaveLength(1);
    await prepare();

    expect(await now(job)).toMatchObject({
      standing: 'completed/job-completed-successfully',
      pageCount: 3,
      warnings: ['A glyph is missing.'],
      document: { octets: pdf.length, format: 'application/pdf' },
    });
    expect(await keptConversions()).toEqual([]);
  });

  it('records its steps in order, without waiting for their writes', async () => {
    const [job] = (await submit()) as [Job];
    const seen: (string | undefined)[] = [];

    await prepare(async (_conversion, { onStep }) => {
      for (const step of ['downloading', 'downloaded', 'rendering'] as const) {
        onStep(step);
        await expect.poll(async () => (await now(job)).step).toBe(step);
        seen.push((await now(job)).step);
      }
      return { bytes: pdf, warnings: [] };
    });

    expect(seen).toEqual(['downloading', 'downloaded', 'rendering']);
    expect((await now(job)).standing).toBe('completed/job-completed-successfully');
  });

  it('reads the octets sent with it, which are deleted with it', async () => {
    const inline = Buffer.from('%PDF-1.4 from the client');
    await submit({ conversion: { kind: 'pdf', document: { kind: 'inline' } }, inline });
    let read = '';

    await prepare(async (_conversion, context) => {
      const stream = await context.read({ kind: 'inline' });
      for await (const chunk of stream ?? []) read += chunk;
      return { bytes: pdf, warnings: [] };
    });

    expect(read).toBe(inline.toString());
    expect(await keptConversions()).toEqual([]);
  });

  it('that fails ends the job with a reason and a message', async () => {
    const [job] = (await submit()) as [Job];

    await prepare(async () => {
      throw new PrintError('document-access-error', 'example.com does not answer.');
    });

    expect(await now(job)).toMatchObject({
      standing: 'aborted/aborted-by-system',
      reasons: ['document-access-error'],
      message: 'example.com does not answer.',
    });
    expect(await keptConversions()).toEqual([]);
  });

  it('that failed internally is retried, and not reported as failed', async () => {
    const [job] = (await submit()) as [Job];
    const breaking = prepare(async () => {
      throw new PrintError('internal', 'The service ends.');
    });

    await expect(breaking).rejects.toThrow();
    expect(await now(job)).toMatchObject({ standing: 'processing/job-transforming' });
    expect(await keptConversions()).toHaveLength(1);
  });

  it('canceled while it waits leaves nothing behind, and does not start', async () => {
    const [job] = (await submit()) as [Job];
    await cancelJob(world.ports, principal, { id: job.id });
    let begun = false;

    await prepare(async () => {
      begun = true;
      return undefined;
    });

    expect(begun).toBe(false);
    expect(await keptConversions()).toEqual([]);
  });

  it('canceled while it runs is no longer wanted, and its result is discarded', async () => {
    const [job] = (await submit()) as [Job];
    const wanted: boolean[] = [];

    await prepare(async (_conversion, { isWanted }) => {
      wanted.push(await isWanted());
      await cancelJob(world.ports, principal, { id: job.id });
      wanted.push(await isWanted());
      return { bytes: pdf, warnings: [] };
    });

    expect(wanted).toEqual([true, false]);
    expect((await now(job)).standing).toBe('canceled/job-canceled-by-user');
    expect((await now(job)).document).toBeUndefined();
    expect(await keptOutputs()).toEqual([]);
    expect(await keptConversions()).toEqual([]);
  });

  it('that expires in the queue leaves nothing behind', async () => {
    const [job] = (await submit()) as [Job];
    world.wait(61 * minute);

    await sweep(world.ports);

    expect((await now(job)).reasons).toContain('expired');
    expect(await keptConversions()).toEqual([]);
  });

  it('whose message is delivered twice, also concurrently, gives the job one document', async () => {
    const [job] = (await submit()) as [Job];
    const [message] = world.queued as [(typeof world.queued)[number]];
    world.queued.push({ ...message });
    const twice = world.queued.splice(0);
    let count = 0;

    await Promise.all(
      twice.map(({ message }) =>
        prepareJobs(
          {
            ...world.ports,
            converter: { convert: async () => ({ bytes: Buffer.from(`%PDF-1.7 ${++count}`), warnings: [] }) },
          },
          message as Parameters<typeof prepareJobs>[1],
        ),
      ),
    );

    const { document } = await now(job);
    expect((await keptOutputs()).map(({ key }) => key)).toEqual([document?.key]);
  });

  it('for a file and a printer runs once, for two jobs with a document each', async () => {
    const [file, paper] = (await submit({ targets: [laser] })) as [Job, Job];
    let count = 0;

    await prepare(async () => {
      count++;
      return { bytes: pdf, warnings: [] };
    });

    expect(count).toBe(1);
    expect(await now(file)).toMatchObject({ standing: 'completed/job-completed-successfully', output });
    expect(await now(paper)).toMatchObject({ standing: 'pending/job-fetchable', printer: laser });
    expect((await now(file)).printer ?? (await now(paper)).output).toBeUndefined();
    expect((await now(file)).document?.key).not.toBe((await now(paper)).document?.key);
  });

  it('whose jobs are resent one by one, after a lost message, serves each of them', async () => {
    const jobs = (await submit({ targets: [laser] })) as [Job, Job];
    world.queued.splice(0);
    world.wait(61_000);
    await sweep(world.ports);

    await prepare();

    for (const job of jobs) expect((await now(job)).document).toBeDefined();
  });

  it('finds the printer in any letter case, and refuses an unknown one before anything is stored', async () => {
    const [job] = (await submit({
      output: undefined,
      targets: [{ locationId: 'OFFICE', deviceId: 'Laser' }],
    })) as [Job];
    const refused = submit({ targets: [{ locationId: 'office', deviceId: 'nothing' }] });

    expect(job.printer).toEqual(laser);
    await expect(refused).rejects.toMatchObject({ code: 'not-found' });
    expect(await keptConversions()).toHaveLength(1);
  });
});

describe('an output', () => {
  const collect = ({ id }: Job, fileName?: string) => collectOutput(world.ports, { token: id, fileName });

  async function madeOutput(more: Partial<typeof output> = {}): Promise<Job> {
    const [job] = (await submit({ output: { ...output, ...more } })) as [Job];
    await prepare();
    return job;
  }

  it('does not exist before it is ready', async () => {
    const [job] = (await submit()) as [Job];

    await expect(collect(job)).rejects.toMatchObject({ code: 'not-found' });
    await expect(collectOutput(world.ports, { token: 'nonsense' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is collected by its token in any letter case, under the requested name', async () => {
    const job = await madeOutput();

    const { url } = await collectOutput(world.ports, { token: job.id.toUpperCase(), fileName: 'mine.pdf' });

    expect(url).toMatch(/^http:\/\/documents\.test\//);
    expect((await now(job)).output).toMatchObject({ collectedAt: expect.any(Number) });
  });

  it('can be collected again within the grace period, and not after it', async () => {
    const job = await madeOutput();
    await collect(job);
    world.wait(14 * minute);
    await collect(job);
    world.wait(minute);

    await expect(collect(job)).rejects.toMatchObject({ code: 'not-found' });
    expect(await keptOutputs()).toHaveLength(1);
    await sweep(world.ports);
    expect(await keptOutputs()).toEqual([]);
    expect((await now(job)).output).toMatchObject({ collectedAt: expect.any(Number), discardedAt: expect.any(Number) });
  });

  it('that is not collected expires after its time, counted from when it was ready', async () => {
    const [job] = (await submit()) as [Job];
    world.wait(20 * minute);
    await prepare();
    world.wait(14 * minute);
    await sweep(world.ports);
    expect(await keptOutputs()).toHaveLength(1);
    world.wait(2 * minute);

    await sweep(world.ports);

    expect(await keptOutputs()).toEqual([]);
    expect((await now(job)).output).toMatchObject({ discardedAt: expect.any(Number) });
    await expect(collect(job)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that may be collected repeatedly keeps its time', async () => {
    const job = await madeOutput({ keepMilliseconds: 60 * minute, once: false });
    await collect(job);
    world.wait(59 * minute);
    await collect(job);
    world.wait(minute);

    await expect(collect(job)).rejects.toMatchObject({ code: 'not-found' });
  });
});
