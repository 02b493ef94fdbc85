import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { office, someCompany, someLocation, somePrinter, someToken } from '../../doubles/samples.ts';
import type { ClientSettings } from '../../shared/adapters/aws/clients.ts';
import { allOf, openDynamo, scanOf } from '../../shared/adapters/aws/dynamo/dynamo.ts';
import { eraseCompany } from '../../shared/adapters/aws/erase-company.ts';
import type { CompanyId, RelayId } from '../../shared/core/domain/ids.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { copyJob } from '../../shared/core/usecases/documents/copy-job.ts';
import { submitDocument } from '../../shared/core/usecases/documents/submit-document.ts';
import { openUpload, storeDocument } from '../../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../../shared/core/usecases/uploads/put-segment.ts';
import { someWebhook } from './webhook-store-suite.ts';

interface Opened {
  ports: Ports;
  names: { jobsTable: string; uploadsTable: string; registryTable: string; eventsTable: string };
  close(): Promise<void>;
}

/** Erasing a company leaves nothing that names it but its own record, and all of its neighbour's. */
export function eraseCompanySuite(name: string, settings: ClientSettings, open: () => Promise<Opened>): void {
  describe(`erasing a company: ${name}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    /** Something of everything that is stored of a company. */
    async function settle(companyId: CompanyId): Promise<void> {
      const { ports } = opened;
      const { registry } = ports;
      const principal = { companyId, scopes: ['print' as const] };
      const { locationId } = office;
      await registry.saveCompany({ companyId, name: 'Acme', active: true, version: 0 });
      await registry.setCredits(companyId, 10);
      await registry.saveLocation(someLocation(companyId, locationId));
      await registry.savePrinter(somePrinter(companyId, office));
      const relayId = someToken() as RelayId;
      await registry.putRelay({ relayId, companyId, locationId, createdAt: 0, revoked: true });
      await registry.putEnrolmentCode({ digest: someToken(), companyId, locationId, expiresAt: 9e12 });

      const request = { contract: 'platen' as const, targets: [office], name: 'invoice', template: {}, properties: {} };
      const submission = { ...request, bytes: Buffer.from('%PDF-1.7'), idempotencyKey: 'once', supersedes: 'label' };
      const [job] = (await submitDocument(ports, { ...principal, jobsPerDay: 9 }, submission)) as [Job];
      await copyJob(ports, principal, { id: job.id });
      await storeDocument(ports, principal, { bytes: Buffer.from('%PDF-1.7') });
      const { id } = await openUpload(ports, principal);
      await putSegment(ports, principal, { uploadId: id, offset: 0, bytes: Buffer.from('%PDF-1.7') });
      await ports.uploads.recordPart(id, { part: 1, etag: 'e', madeOf: 'm' });

      await ports.events.keepInUse(companyId);
      await ports.webhookStore.saveWebhook(someWebhook(companyId));
    }

    /** Keys of items and documents that name the company. */
    async function left(companyId: CompanyId): Promise<string[]> {
      const client = openDynamo(settings);
      const tables = await Promise.all(
        Object.values(opened.names).map(table => allOf(scanOf({ client, name: table }, {}))),
      );
      client.destroy();
      const items = tables.flat().filter(item => JSON.stringify(item).includes(companyId));
      const lists = ['companies', 'uploads'].map(folder => opened.ports.documents.list(`${folder}/${companyId}/`));
      const documents = (await Promise.all(lists)).flat().map(({ key }) => key);
      return [...items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`), ...documents];
    }

    test('leaves nothing of it but its record, and nothing less of another whose name begins alike', async () => {
      const companyId = someCompany();
      const neighbour = `${companyId}2` as CompanyId;
      await settle(neighbour);
      const kept = await left(neighbour);
      await settle(companyId);
      const own = (await left(companyId)).filter(key => !kept.includes(key));

      const { jobs } = await eraseCompany({ ...settings, ...opened.names }, opened.ports.documents, companyId);

      expect(own.length).toBeGreaterThan(20);
      expect(jobs).toBe(2);
      const all = await left(companyId);
      expect(all.filter(key => !kept.includes(key))).toEqual([`company#${companyId} company`]);
      expect(await left(neighbour)).toEqual(kept);
    });
  });
}
