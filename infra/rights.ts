import {
  claimItem,
  codeItem,
  companyItem,
  dayItem,
  documentUseItem,
  healthItem,
  type IndexShape,
  type ItemKey,
  inFlightItem,
  jobItem,
  keyItem,
  keyringItem,
  keyUseItem,
  overUntilItem,
  placesOf,
  relayItem,
  seenItem,
  stagingPrefix,
  storedItem,
  type TableName,
  turnItem,
  uploadItem,
} from '../shared/adapters/aws/dynamo/table.ts';
import { conversionFolder } from '../shared/core/domain/conversion.ts';
import { documentKey, outputKey, putFileKey } from '../shared/core/domain/document.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../shared/core/domain/ids.ts';
import type { SentQueue } from '../shared/protocol/config.ts';
import type { FunctionName } from '../shared/protocol/service-table.ts';

type TableAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'Query';
type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload' | 'ListMultipartUploadParts';

export type Grant =
  /** items whose partition keys have the prefixes of `items` */
  | { kind: 'items'; table: TableName; items: ItemKey[]; actions: TableAction[] }
  | { kind: 'index'; table: TableName; index: IndexShape['name'] }
  /** objects with these keys; `*` is any company, job or token */
  | { kind: 'objects'; keys: string[]; actions: ObjectAction[] }
  /** listings under these prefixes; without ListBucket, S3 answers 403 instead of 404 for absent objects */
  | { kind: 'listings'; under: string[] }
  | { kind: 'queue'; name: SentQueue }
  | { kind: 'function'; name: FunctionName }
  | { kind: 'keyring' }
  | { kind: 'relay-topics' }
  | { kind: 'relay-identities' };

const anyCompany = '*' as CompanyId;
const anyId = '' as CompanyId & JobId & RelayId & UploadId;

const job = jobItem(anyId);
const printersJobs = placesOf(anyId, { locationId: '', deviceId: '' });
const claim = claimItem(anyId, '');
const turn = turnItem(anyId, 0);
const jobsOfDay = dayItem(anyId, 0);
const storedOctets = storedItem(anyId, 0);
const documentUse = documentUseItem('');
const upload = uploadItem(anyId);
const company = companyItem(anyId);
const inFlight = inFlightItem(anyId, 0);
const key = keyItem('');
const keyUse = keyUseItem('');
const relay = relayItem(anyId);
const code = codeItem('');
/** One condition for all rights, so that they are one statement of a role that has several. */
const eventItems = [company, healthItem(''), seenItem(''), keyringItem];

const documents = documentKey(anyCompany, '*');
const putFiles = putFileKey(anyCompany, '*' as UploadId);
const outputs = outputKey(anyCompany, '*' as JobId, '*');
const conversions = `${conversionFolder(anyCompany, '*')}*`;
const pieces = `${stagingPrefix}*`;

const items = (table: TableName, found: ItemKey[], ...actions: TableAction[]): Grant => ({
  kind: 'items',
  table,
  items: found,
  actions,
});
const objects = (keys: string[], ...actions: ObjectAction[]): Grant => ({ kind: 'objects', keys, actions });
const listings = (...under: string[]): Grant => ({ kind: 'listings', under });
const index = (table: TableName, name: string): Grant => ({ kind: 'index', table, index: name });

/** All rights, each with the resources it covers. Rights that are always needed together are one. */
export const rights = {
  authenticate: [items('registry', [key, company], 'GetItem'), items('registry', [keyUse], 'PutItem')],

  readJobs: [items('jobs', [job], 'GetItem')],
  saveJobs: [items('jobs', [job], 'UpdateItem')],
  takePlaces: [items('jobs', [printersJobs], 'PutItem')],
  leavePlaces: [items('jobs', [printersJobs], 'DeleteItem')],
  createJobs: [
    items('jobs', [job, claim], 'GetItem', 'PutItem'),
    items('jobs', [printersJobs], 'GetItem', 'PutItem', 'UpdateItem', 'BatchWriteItem'),
    items('jobs', [jobsOfDay], 'UpdateItem'),
  ],
  countOctets: [items('jobs', [storedOctets], 'Query', 'UpdateItem')],
  shareDocuments: [items('jobs', [documentUse], 'UpdateItem')],
  waitingJobs: [items('jobs', [printersJobs], 'Query', 'DeleteItem'), items('jobs', [job], 'BatchGetItem')],
  listJobs: [index('jobs', 'byCompany'), items('jobs', [job], 'BatchGetItem')],
  dueJobs: [index('jobs', 'byDueAt'), items('jobs', [job], 'BatchGetItem', 'UpdateItem')],
  unusedDocuments: [
    index('jobs', 'byDueAt'),
    items('jobs', [job, documentUse], 'BatchGetItem'),
    items('jobs', [overUntilItem], 'GetItem', 'UpdateItem'),
  ],

  createUploads: [items('uploads', [upload], 'PutItem'), items('uploads', [inFlight], 'UpdateItem', 'BatchGetItem')],
  readUploads: [items('uploads', [upload], 'GetItem')],
  reserveUploads: [
    items('uploads', [upload], 'GetItem', 'UpdateItem'),
    items('uploads', [inFlight], 'UpdateItem', 'BatchGetItem'),
  ],
  writeUploads: [
    items('uploads', [upload], 'GetItem', 'PutItem', 'UpdateItem', 'Query'),
    items('uploads', [inFlight], 'UpdateItem', 'BatchGetItem'),
  ],
  endUploads: [
    index('uploads', 'byExpiry'),
    items('uploads', [upload], 'GetItem', 'BatchGetItem', 'UpdateItem'),
    items('uploads', [inFlight], 'UpdateItem'),
  ],

  readPrinters: [items('registry', [company], 'GetItem')],
  listPrinters: [items('registry', [company], 'Query')],
  savePrinters: [items('registry', [company], 'GetItem', 'PutItem')],
  deletePrinters: [items('registry', [company], 'GetItem', 'DeleteItem')],
  listKeys: [index('registry', 'keysByCompany')],
  readKeyUses: [items('registry', [keyUse], 'BatchGetItem')],
  saveKeys: [items('registry', [key], 'PutItem')],
  deleteKeys: [items('registry', [key, keyUse], 'DeleteItem')],
  readCredits: [items('registry', [company], 'GetItem')],
  chargeCredits: [items('registry', [company], 'GetItem', 'PutItem', 'UpdateItem')],
  readRelays: [items('registry', [relay], 'GetItem')],
  saveRelays: [items('registry', [relay], 'GetItem', 'PutItem')],
  makeCodes: [items('registry', [code], 'PutItem')],
  useCodes: [items('registry', [code], 'GetItem', 'UpdateItem')],

  readEvents: [items('events', eventItems, 'GetItem', 'UpdateItem', 'Query')],
  writeWebhooks: [items('events', eventItems, 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem')],
  writeEvents: [items('events', eventItems, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query')],
  dueEvents: [index('events', 'byDueAt')],
  readKeyring: [{ kind: 'keyring' }, items('events', eventItems, 'GetItem', 'PutItem')],

  readDocuments: [objects([documents, outputs], 'GetObject'), listings(documents, outputs)],
  storeDocuments: [objects([documents], 'PutObject', 'AbortMultipartUpload')],
  readPutFiles: [objects([putFiles], 'GetObject'), listings(putFiles)],
  storePutFiles: [objects([putFiles], 'PutObject')],
  discardPutFiles: [objects([putFiles], 'DeleteObject')],
  storeOutputs: [objects([outputs], 'PutObject', 'AbortMultipartUpload', 'DeleteObject')],
  deleteOutputs: [objects([documents, outputs], 'DeleteObject'), listings(outputs)],
  composeDocuments: [
    objects([documents], 'GetObject', 'PutObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'),
    listings(documents),
  ],
  abortDocuments: [objects([documents], 'AbortMultipartUpload')],
  storeConversions: [objects([conversions], 'PutObject')],
  readConversions: [objects([conversions], 'GetObject'), listings(conversions)],
  discardConversions: [objects([conversions], 'DeleteObject'), listings(conversions)],
  stagePieces: [objects([pieces], 'GetObject', 'PutObject'), listings(pieces)],
  readPieces: [objects([pieces], 'GetObject'), listings(pieces)],
  deletePieces: [objects([pieces], 'DeleteObject'), listings(pieces)],

  sendToPrepare: [{ kind: 'queue', name: 'prepare' }],
  sendToOffer: [{ kind: 'queue', name: 'offer' }],
  sendToNotify: [{ kind: 'queue', name: 'notify' }],
  renderDocuments: [
    { kind: 'function', name: 'render' },
    { kind: 'function', name: 'render-large' },
    items('jobs', [turn], 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
  ],
  tellRelays: [{ kind: 'relay-topics' }],
  identifyRelays: [{ kind: 'relay-identities' }],
} satisfies Record<string, Grant[]>;

export type Right = keyof typeof rights;
