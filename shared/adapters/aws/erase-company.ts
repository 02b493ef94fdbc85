import type { CompanyId } from '../../core/domain/ids.ts';
import type { DocumentStore } from '../../core/ports/index.ts';
import type { AwsConfig } from '../../protocol/config.ts';
import type { ClientSettings } from './clients.ts';
import {
  allOf,
  type Item,
  itemKeyOf,
  itemsUnder,
  keyOf,
  openDynamo,
  scanOf,
  type Table,
  writeAll,
} from './dynamo/dynamo.ts';
import { companyItem, documentsPrefix, type ItemKey, stagingPrefix } from './dynamo/table.ts';

type Config = ClientSettings & Pick<AwsConfig, 'jobsTable' | 'registryTable' | 'eventsTable'>;

/**
 * Deletes a company's jobs, events and documents, and what the registry has of it but the company itself. Reads the whole table
 * of jobs: for operators. Sessions of uploads expire within days. May be repeated after a failure.
 */
export async function eraseCompany(
  config: Config,
  documents: Pick<DocumentStore, 'list' | 'delete'>,
  companyId: CompanyId,
): Promise<{ jobs: number; documents: number }> {
  const client = openDynamo(config);
  const [jobs, registry, events] = [config.jobsTable, config.registryTable, config.eventsTable].map(name => ({
    client,
    name,
  })) as [Table, Table, Table];
  const jobItems = await allOf(scanOf(jobs, itemsOf(companyId)));
  await remove(jobs, jobItems);

  const { pk, sk: companyKey } = companyItem(companyId);
  const whole: ItemKey = { pk, sk: '' };
  const eventItems = await allOf(itemsUnder(events, whole));
  const webhooks = eventItems.map(itemKeyOf).filter(({ sk }) => sk.startsWith('webhook#'));
  for (const { sk } of webhooks) await remove(events, await allOf(itemsUnder(events, { pk: sk, sk: '' })));
  await remove(events, eventItems);

  const registered = await allOf(itemsUnder(registry, whole));
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

/** Jobs, places in the order of printers, and idempotency keys. */
const itemsOf = (companyId: CompanyId) => ({
  FilterExpression: 'listOf = :company OR begins_with(pk, :printer) OR begins_with(pk, :claim)',
  ExpressionAttributeValues: {
    ':company': { S: companyId },
    ':printer': { S: `printer#${companyId}#` },
    ':claim': { S: `claim#${companyId}#` },
  },
});

async function remove(table: Table, items: Item[]): Promise<void> {
  await writeAll(
    table,
    items.map(item => ({ DeleteRequest: { Key: keyOf(itemKeyOf(item)) } })),
  );
}
