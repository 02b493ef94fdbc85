import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Company, EnrolmentCode, Key, Relay } from '../../../core/domain/company.ts';
import type { Location, Printer } from '../../../core/domain/printer.ts';
import type { NameRange, Registry, Saved } from '../../../core/ports/index.ts';
import { makeCredits } from './credits.ts';
import {
  allOf,
  conditional,
  getAll,
  type Item,
  itemsUnder,
  keyOf,
  orInternal,
  pagesOf,
  scanOf,
  type Table,
} from './dynamo.ts';
import {
  codeItem,
  companyItem,
  creditsItem,
  type ItemKey,
  keyItem,
  keyUseItem,
  locationItem,
  locationsOf,
  printerItem,
  printersOf,
  relayItem,
} from './table.ts';

/** Thirteen months: a use of last year's season is seen, and what is left of a key ends. */
const useKeptMilliseconds = 400 * 24 * 60 * 60_000;

/** All reads are strongly consistent: a change is visible as soon as it was acknowledged. */
export function makeRegistry(table: Table): Registry {
  return {
    getCompany: companyId => find<Company>(table, companyItem(companyId)),
    async listCompanies() {
      const items = await allOf(
        scanOf(table, { FilterExpression: 'sk = :sk', ExpressionAttributeValues: { ':sk': { S: 'company' } } }),
      );
      return items.map(item => thingIn<Company>(item)).sort((a, b) => (a.companyId < b.companyId ? -1 : 1));
    },
    saveCompany: company => save(table, companyItem(company.companyId), company),
    async deleteCompany(companyId) {
      await remove(table, creditsItem(companyId));
      await remove(table, companyItem(companyId));
    },

    getKey: digest => find<Key>(table, keyItem(digest)),
    putKey: key => put(table, keyItem(key.digest), key, { keyOf: { S: key.companyId } }),
    async deleteKey(digest) {
      await remove(table, keyItem(digest));
      await remove(table, keyUseItem(digest));
    },
    async noteKeyUse(digest, usedAt) {
      const expiresAt = Math.ceil((usedAt + useKeptMilliseconds) / 1000);
      const item = { ...keyOf(keyUseItem(digest)), usedAt: { N: String(usedAt) }, expiresAt: { N: String(expiresAt) } };
      await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
    },
    async keyUses(digests) {
      const byUse = new Map(digests.map(digest => [keyUseItem(digest).pk, digest]));
      const items = await getAll(table, digests.map(keyUseItem));
      return new Map(items.map(item => [byUse.get(item.pk?.S as string) as string, Number(item.usedAt?.N)]));
    },
    async listKeys(companyId) {
      const pages = pagesOf(table, {
        IndexName: 'keysByCompany',
        KeyConditionExpression: 'keyOf = :of',
        ExpressionAttributeValues: { ':of': { S: companyId } },
      });
      return (await allOf(pages)).map(item => thingIn<Key>(item));
    },

    getLocation: (companyId, locationId) => find<Location>(table, locationItem(companyId, locationId)),
    listLocations: (companyId, range) => list<Location>(table, locationsOf(companyId), range),
    saveLocation: location => save(table, locationItem(location.companyId, location.locationId), location),
    deleteLocation: (companyId, locationId) => remove(table, locationItem(companyId, locationId)),

    getPrinter: (companyId, name) => find<Printer>(table, printerItem(companyId, name)),
    listPrinters: (companyId, locationId) => list<Printer>(table, printersOf(companyId, locationId)),
    printersIn: (companyId, range) => list<Printer>(table, printersOf(companyId), range),
    savePrinter: printer => save(table, printerItem(printer.companyId, printer), printer),
    deletePrinter: (companyId, name) => remove(table, printerItem(companyId, name)),

    getRelay: relayId => find<Relay>(table, relayItem(relayId)),
    putRelay: relay => put(table, relayItem(relay.relayId), relay),

    getEnrolmentCode: digest => find<EnrolmentCode>(table, codeItem(digest)),
    putEnrolmentCode: code =>
      put(table, codeItem(code.digest), code, { expiresAt: { N: String(Math.ceil(code.expiresAt / 1000)) } }),
    useEnrolmentCode: (digest, usedBy) => bindCode(table, digest, usedBy),

    ...makeCredits(table),
  };
}

/** The user of a code is its own attribute, so the first user is decided by one conditional write. */
function thingIn<T>(item: Item): T {
  const thing = JSON.parse(item.body?.S as string);
  return item.usedBy ? { ...thing, usedBy: JSON.parse(item.usedBy.S as string) } : thing;
}

async function find<T>(table: Table, key: ItemKey): Promise<T | undefined> {
  const command = new GetItemCommand({ TableName: table.name, Key: keyOf(key), ConsistentRead: true });
  const { Item: item } = await orInternal(table.client.send(command));
  return item && thingIn<T>(item);
}

async function list<T>(table: Table, under: ItemKey, range?: NameRange): Promise<T[]> {
  const items = range ? itemsIn(table, under, range) : allOf(itemsUnder(table, under));
  return (await items).map(item => thingIn<T>(item));
}

async function itemsIn(table: Table, { pk, sk }: ItemKey, { from = '', to = '\u{10ffff}', limit }: NameRange) {
  const found: Item[] = [];
  // DynamoDB refuses bounds that are the wrong way round
  if (Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return found;
  const pages = pagesOf(table, {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: `${sk}${from}` }, ':to': { S: `${sk}${to}` } },
    ConsistentRead: true,
    Limit: limit,
  });
  for await (const page of pages) {
    found.push(...page);
    if (limit !== undefined && found.length >= limit) return found.slice(0, limit);
  }
  return found;
}

async function remove(table: Table, key: ItemKey): Promise<void> {
  await orInternal(table.client.send(new DeleteItemCommand({ TableName: table.name, Key: keyOf(key) })));
}

async function put(table: Table, key: ItemKey, thing: object, attributes: Item = {}): Promise<void> {
  const item = { ...keyOf(key), body: { S: JSON.stringify(thing) }, ...attributes };
  await orInternal(table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
}

/** Version 0 creates the record; any other must equal the stored version. */
async function save<T extends { version: number }>(table: Table, key: ItemKey, thing: T): Promise<Saved<T>> {
  const writtenBy = randomUUID();
  const saved = { ...thing, version: thing.version + 1 };
  const isNew = thing.version === 0;
  const outcome = await conditional(
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: {
          ...keyOf(key),
          body: { S: JSON.stringify(saved) },
          version: { N: String(saved.version) },
          writtenBy: { S: writtenBy },
        },
        ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'version = :from',
        ExpressionAttributeValues: isNew ? undefined : { ':from': { N: String(thing.version) } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if ('done' in outcome) return { saved };
  const { refusedBy } = outcome;
  if (refusedBy?.writtenBy?.S === writtenBy) return { saved };
  return { conflict: refusedBy && thingIn<T>(refusedBy) };
}

async function bindCode(table: Table, digest: string, usedBy: NonNullable<EnrolmentCode['usedBy']>) {
  const outcome = await conditional(
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(codeItem(digest)),
        UpdateExpression: 'SET usedBy = :usedBy',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(usedBy)',
        ExpressionAttributeValues: { ':usedBy': { S: JSON.stringify(usedBy) } },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const item = 'done' in outcome ? outcome.done.Attributes : outcome.refusedBy;
  return item && thingIn<EnrolmentCode>(item);
}
