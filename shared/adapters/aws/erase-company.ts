import type { CompanyId } from '../../core/domain/ids.ts';
import type { DocumentStore } from '../../core/ports/index.ts';
import type { AwsConfig } from '../../protocol/config.ts';
import type { ClientSettings } from './clients.ts';
import {
  allOf,
  type Item,
  itemKeyOf,
  itemsIn,
  keyOf,
  openDynamo,
  scanOf,
  type Table,
  writeAll,
} from './dynamo/dynamo.ts';
import { companyItem, documentsPrefix, documentUsesOf, stagingPrefix } from './dynamo/table.ts';

type Config = ClientSettings & Pick<AwsConfig, 'jobsTable' | 'uploadsTable' | 'registryTable' | 'eventsTable'>;

/**
 * Deletes a company's jobs, uploads, events and documents, and what the registry has of it but the company itself. Reads the
 * tables of jobs, uploads and the registry from end to end: for operators. May be repeated after a failure.
 */
export async function eraseCompany(
  config: Config,
  documents: Pick<DocumentStore, 'list' | 'delete'>,
  companyId: CompanyId,
): Promise<{ jobs: number; documents: number }> {
  const client = openDynamo(config);
  const { jobsTable, uploadsTable, registryTable, eventsTable } = config;
  const [jobs, uploads, registry, events] = [jobsTable, uploadsTable, registryTable, eventsTable].map(name => ({
    client,
    name,
  })) as [Table, Table, Table, Table];
  const jobItems = await allOf(scanOf(jobs, itemsOf(companyId)));
  await remove(jobs, jobItems);

  const { pk, sk: companyKey } = companyItem(companyId);
  const eventItems = await allOf(itemsIn(events, pk));
  const webhooks = eventItems.map(itemKeyOf).filter(({ sk }) => sk.startsWith('webhook#'));
  for (const { sk } of webhooks) await remove(events, await allOf(itemsIn(events, sk)));
  await remove(events, eventItems);

  const sessions = (await allOf(scanOf(uploads, recordsOf(companyId, 'upload#')))).map(itemKeyOf);
  for (const session of sessions) await remove(uploads, await allOf(itemsIn(uploads, session.pk)));
  await remove(uploads, await allOf(scanOf(uploads, countersOf(companyId))));

  for (const prefix of ['relay#', 'code#']) {
    await remove(registry, await allOf(scanOf(registry, recordsOf(companyId, prefix))));
  }
  const registered = await allOf(itemsIn(registry, pk));
  await remove(
    registry,
    registered.filter(item => itemKeyOf(item).sk !== companyKey),
  );

  const prefixes = [documentsPrefix, stagingPrefix].map(prefix => `${prefix}${companyId}/`);
  const listed = (await Promise.all(prefixes.map(prefix => documents.list(prefix)))).flat();
  await documents.delete(listed.map(({ key }) => key));
  client.destroy();
  return { jobs: jobItems.filter(item => itemKeyOf(item).sk === 'job').length, documents: listed.length };
}

/** Records that name their company, which is the literal in the JSON of the body; a client's text cannot look like it. */
const recordsOf = (companyId: CompanyId, prefix: string) => ({
  FilterExpression: 'begins_with(pk, :prefix) AND contains(body, :company)',
  ExpressionAttributeValues: {
    ':prefix': { S: prefix },
    ':company': { S: `"companyId":${JSON.stringify(companyId)}` },
  },
});

/** The quota in use: a large one has several counters, each in a partition of its own. */
const countersOf = (companyId: CompanyId) => ({
  FilterExpression: 'pk = :own OR begins_with(pk, :others)',
  ExpressionAttributeValues: {
    ':own': { S: companyItem(companyId).pk },
    ':others': { S: `${companyItem(companyId).pk}#` },
  },
});

/** Jobs, places in the order of printers, idempotency keys, the jobs of documents and of days, conversions under way. */
const itemsOf = (companyId: CompanyId) => ({
  FilterExpression:
    'listOf = :company OR pk = :own OR begins_with(pk, :printer) OR begins_with(pk, :claim) OR begins_with(pk, :document)',
  ExpressionAttributeValues: {
    ':company': { S: companyId },
    ':own': { S: companyItem(companyId).pk },
    ':printer': { S: `printer#${companyId}#` },
    ':claim': { S: `claim#${companyId}#` },
    ':document': { S: documentUsesOf(companyId) },
  },
});

async function remove(table: Table, items: Item[]): Promise<void> {
  await writeAll(
    table,
    items.map(item => ({ DeleteRequest: { Key: keyOf(itemKeyOf(item)) } })),
  );
}
