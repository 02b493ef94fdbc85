import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { office, someCompany, someLocation, somePrinter } from '../../doubles/samples.ts';
import { scriptedConverter } from '../../doubles/scripted-converter.ts';
import type { Principal } from '../../shared/core/domain/company.ts';
import type { JobId } from '../../shared/core/domain/ids.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import { callbackSettled } from '../../shared/core/domain/job-output.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { copyJob } from '../../shared/core/usecases/documents/copy-job.ts';
import { prepareJobs } from '../../shared/core/usecases/documents/prepare-jobs.ts';
import { submitConversion } from '../../shared/core/usecases/documents/submit-conversion.ts';
import { submitDocument } from '../../shared/core/usecases/documents/submit-document.ts';
import { submitUpload } from '../../shared/core/usecases/documents/submit-upload.ts';
import { cancelJob } from '../../shared/core/usecases/jobs/cancel-job.ts';
import { changeJob } from '../../shared/core/usecases/jobs/change-job.ts';
import { storeDocument } from '../../shared/core/usecases/uploads/open-upload.ts';

export interface RetentionHarness {
  ports: Ports;
  /** Moves the clock, and deletes what is kept no longer. */
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

const hour = 60 * 60_000;
const day = 24 * hour;

/** When documents are deleted: a day after the last of their jobs is over. */
export function unusedDocumentsSuite(name: string, open: () => Promise<RetentionHarness>): void {
  describe(`documents that are kept no longer: ${name}`, () => {
    let harness: RetentionHarness;
    let ports: Ports;
    let principal: Principal;

    beforeAll(async () => {
      harness = await open();
      ports = harness.ports;
      principal = { companyId: someCompany(), scopes: ['print', 'preview'] };
      await ports.registry.saveLocation(someLocation(principal.companyId, office.locationId));
      await ports.registry.savePrinter(somePrinter(principal.companyId, office));
      await ports.registry.savePrinter(somePrinter(principal.companyId, label));
    });
    afterAll(() => harness.close());

    const label = { ...office, deviceId: 'label' };
    const request = { contract: 'platen' as const, targets: [office], name: 'invoice', template: {}, properties: {} };
    const submitted = async (changes: Partial<Parameters<typeof submitDocument>[2]> = {}) =>
      await submitDocument(ports, principal, { ...request, bytes: Buffer.from('%PDF-1.7 an invoice'), ...changes });
    const end = (...jobs: Job[]) => Promise.all(jobs.map(({ id }) => cancelJob(ports, principal, { id })));
    const copied = async (job: Job) => (await copyJob(ports, principal, { id: job.id }))[0] as Job;
    const isKept = async (job: Job) => {
      const { document } = (await ports.jobs.get(job.id)) as Job;
      return (await ports.documents.octets(document?.key as string)) !== undefined;
    };

    test('a document is kept for a day after the end of its job, and not much longer', async () => {
      const [job] = (await submitted()) as [Job];
      await harness.pass(2 * day);
      await end(job);

      await harness.pass(23 * hour);
      expect(await isKept(job)).toBe(true);

      await harness.pass(2 * hour);
      expect(await isKept(job)).toBe(false);
      await expect(copied(job)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringMatching(/which ended at \d{4}-.*, has been deleted/),
      });
    });

    test('the document of a job on hold is kept for as long as the job is', async () => {
      const [job] = (await submitted({ hold: {} })) as [Job];

      await harness.pass(29 * day);

      expect(await isKept(job)).toBe(true);
      await end(job);
      await harness.pass(25 * hour);
      expect(await isKept(job)).toBe(false);
    });

    test('the document of a request for two printers is kept until a day after the second job', async () => {
      const [first, second] = (await submitted({ targets: [office, label] })) as [Job, Job];
      await end(first);

      await harness.pass(2 * day);
      expect(await isKept(first)).toBe(true);

      await end(second);
      await harness.pass(23 * hour);
      expect(await isKept(first)).toBe(true);
      await harness.pass(2 * hour);
      expect(await isKept(second)).toBe(false);
    });

    test('a job that is printed again keeps the document for its copy, and for the copy of that', async () => {
      const [job] = (await submitted()) as [Job];
      await end(job);
      await harness.pass(20 * hour);
      const copy = await copied(job);
      await harness.pass(10 * hour);
      expect(await isKept(job)).toBe(true);
      await end(copy);
      await harness.pass(20 * hour);
      const second = await copied(copy);

      await harness.pass(10 * hour);

      expect(await isKept(second)).toBe(true);
      await end(second);
      await harness.pass(25 * hour);
      expect(await isKept(second)).toBe(false);
    });

    test('a copy that ends hours after the job keeps the document a day longer than the job', async () => {
      const [job] = (await submitted()) as [Job];
      const copy = await copied(job);
      await end(job);
      await harness.pass(20 * hour);
      await end(copy);

      await harness.pass(10 * hour);
      expect(await isKept(copy)).toBe(true);

      await harness.pass(15 * hour);
      expect(await isKept(copy)).toBe(false);
    });

    test('a copy that ends before the first job leaves the document to it', async () => {
      const [job] = (await submitted()) as [Job];
      await end(await copied(job));

      await harness.pass(2 * day);
      expect(await isKept(job)).toBe(true);

      await end(job);
      await harness.pass(25 * hour);
      expect(await isKept(job)).toBe(false);
    });

    test('an upload that is printed twice is kept until a day after the second job', async () => {
      const upload = await storeDocument(ports, principal, { bytes: Buffer.from('%PDF-1.7 a plan'), name: 'plan.pdf' });
      const submission = { ...request, uploadId: upload.id };
      const [first] = (await submitUpload(ports, principal, submission)) as [Job];
      await end(first);
      await harness.pass(20 * hour);
      const [second] = (await submitUpload(ports, principal, submission)) as [Job];

      await harness.pass(10 * hour);
      expect(await isKept(second)).toBe(true);

      await end(second);
      await harness.pass(25 * hour);
      expect(await isKept(first)).toBe(false);
    });

    test('a document that is made for two printers is kept until a day after the second job', async () => {
      const conversion = { kind: 'page', content: { kind: 'html', html: '<p>Label</p>' } } as never;
      const submission = { ...request, targets: [office, label], conversion };
      const jobs = (await submitConversion(ports, principal, submission)) as [Job, Job];
      await prepareJobs({ ...ports, converter: scriptedConverter }, { jobIds: jobs.map(({ id }) => id as JobId) });
      await end(jobs[0]);

      await harness.pass(2 * day);
      expect(await isKept(jobs[1])).toBe(true);

      await end(jobs[1]);
      await harness.pass(25 * hour);
      expect(await isKept(jobs[0])).toBe(false);
    });

    test('a job that owes a callback is over when that is settled', async () => {
      const callback = { url: 'https://erp.test/ended', origin: 'https://platen.test' };
      const [job] = (await submitted({ callback })) as [Job];
      await end(job);

      await harness.pass(30 * hour);
      expect(await isKept(job)).toBe(true);

      await changeJob(ports, job.id, current => callbackSettled(current, ports.clock.now()));
      await harness.pass(25 * hour);
      expect(await isKept(job)).toBe(false);
    });
  });
}
