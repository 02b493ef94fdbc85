import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Principal } from '../../../../../shared/core/domain/company.ts';
import type { Job } from '../../../../../shared/core/domain/job.ts';
import type { Printer, PrinterName } from '../../../../../shared/core/domain/printer.ts';
import { pauseAfter } from '../../../../../shared/core/usecases/documents/convert-document.ts';
import { copyJob, moveJob } from '../../../../../shared/core/usecases/documents/copy-job.ts';
import { submitDocument } from '../../../../../shared/core/usecases/documents/submit-document.ts';
import { company, openWorld, type World } from '../../../world.ts';

const principal: Principal = { companyId: company, scopes: ['print'] };
const [laser, label] = ['laser', 'label'].map(deviceId => ({ locationId: 'office', deviceId })) as [
  PrinterName,
  PrinterName,
];

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

it('a job is neither moved nor copied to a printer that does not take its format', async () => {
  const { registry, jobs } = world.ports;
  const printer = (await registry.getPrinter(company, label)) as Printer;
  const attributes = { 'document-format-supported': ['application/vnd.zebra-zpl'] };
  const device = { deviceId: 'label', scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] };
  await registry.savePrinter({ ...printer, device });
  const request = { contract: 'platen' as const, targets: [laser], name: 'page', template: {}, properties: {} };
  const [job] = (await submitDocument(world.ports, principal, { ...request, bytes: Buffer.from('%PDF-1.7') })) as [Job];

  await expect(moveJob(world.ports, principal, { id: job.id, target: label })).rejects.toThrow('this document is PDF');

  await expect(copyJob(world.ports, principal, { id: job.id, targets: [label] })).rejects.toThrow(
    'this document is PDF',
  );

  expect((await jobs.list(company, 10)).jobs).toMatchObject([{ id: job.id, standing: 'pending/job-fetchable' }]);
});

it('a call that waits for a conversion looks ever more seldom, within bounds', () => {
  expect([0, 50, 60, 1000, 5000, 20_000].map(pauseAfter)).toEqual([5, 5, 6, 100, 500, 500]);
});
