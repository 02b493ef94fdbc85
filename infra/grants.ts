import {
  claimItem,
  codeItem,
  companyItem,
  type IndexShape,
  type ItemKey,
  jobItem,
  keyItem,
  placesOf,
  relayItem,
  stagingPrefix,
  type TableName,
  uploadItem,
} from '../shared/aws/table.ts';
import type { SentQueue } from '../shared/config.ts';
import type { UseCaseName } from '../shared/contracts/contract.ts';
import { conversionFolder } from '../shared/domain/conversion.ts';
import { documentKey, outputKey } from '../shared/domain/document.ts';
import type { CompanyId, JobId, RelayId, UploadId } from '../shared/domain/ids.ts';
import type { FunctionName } from '../shared/service-table.ts';

/*
 * What each use case touches, and which use cases each function carries out. A function's role may do what its use
 * cases need and nothing else. A use case that is added does not compile until it is written down here, and a test
 * compares the second table with the functions' own imports.
 */

type TableAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'Query';
type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload' | 'ListMultipartUploadParts';

export type Grant =
  /** items whose partition keys begin as those of `items` do */
  | { kind: 'items'; table: TableName; items: ItemKey[]; actions: TableAction[] }
  | { kind: 'index'; table: TableName; index: IndexShape['name'] }
  /** objects whose keys are like these; `*` is any company, job or token */
  | { kind: 'objects'; keys: string[]; actions: ObjectAction[] }
  /** listings under these; S3 tells "not there" from "not yours" only to those who may list */
  | { kind: 'listings'; under: string[] }
  | { kind: 'queue'; name: SentQueue }
  | { kind: 'relay-topics' }
  | { kind: 'relay-identities' };

const anyCompany = '*' as CompanyId;
const nobody = '' as CompanyId & JobId & RelayId & UploadId;

const job = jobItem(nobody);
const printersJobs = placesOf(nobody, { locationId: '', deviceId: '' });
const claim = claimItem(nobody, '');
const upload = uploadItem(nobody);
const company = companyItem(nobody);
const key = keyItem('');
const relay = relayItem(nobody);
const code = codeItem('');

const documents = documentKey(anyCompany, '*');
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

const rights = {
  authenticate: [items('registry', [key, company], 'GetItem')],

  readJobs: [items('jobs', [job], 'GetItem')],
  saveJobs: [items('jobs', [job], 'UpdateItem')],
  takePlaces: [items('jobs', [printersJobs], 'PutItem')],
  leavePlaces: [items('jobs', [printersJobs], 'DeleteItem')],
  createJobs: [
    items('jobs', [job, claim], 'GetItem', 'PutItem'),
    items('jobs', [printersJobs], 'PutItem', 'UpdateItem', 'BatchWriteItem'),
  ],
  waitingJobs: [items('jobs', [printersJobs], 'Query', 'DeleteItem'), items('jobs', [job], 'BatchGetItem')],
  listJobs: [index('jobs', 'byCompany'), items('jobs', [job], 'BatchGetItem')],
  dueJobs: [index('jobs', 'byDueAt'), items('jobs', [job], 'BatchGetItem', 'UpdateItem')],

  createUploads: [items('uploads', [upload], 'PutItem')],
  readUploads: [items('uploads', [upload], 'GetItem')],
  writeUploads: [items('uploads', [upload], 'GetItem', 'PutItem', 'UpdateItem', 'Query')],
  endUploads: [index('uploads', 'byExpiry'), items('uploads', [upload], 'BatchGetItem', 'UpdateItem')],

  readPrinters: [items('registry', [company], 'GetItem')],
  listPrinters: [items('registry', [company], 'Query')],
  savePrinters: [items('registry', [company], 'GetItem', 'PutItem')],
  readCredits: [items('registry', [company], 'GetItem')],
  chargeCredits: [items('registry', [company], 'GetItem', 'PutItem', 'UpdateItem')],
  readRelays: [items('registry', [relay], 'GetItem')],
  saveRelays: [items('registry', [relay], 'GetItem', 'PutItem')],
  makeCodes: [items('registry', [code], 'PutItem')],
  useCodes: [items('registry', [code], 'GetItem', 'UpdateItem')],

  readDocuments: [objects([documents, outputs], 'GetObject'), listings(documents, outputs)],
  storeDocuments: [objects([documents], 'PutObject', 'AbortMultipartUpload')],
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
  tellRelays: [{ kind: 'relay-topics' }],
  identifyRelays: [{ kind: 'relay-identities' }],
} satisfies Record<string, Grant[]>;

type Right = keyof typeof rights;
/** Use cases that no client asks for, but a queue or the clock. */
type InnerUseCase = 'prepareJobs' | 'offerJobs' | 'handleRelayEvent' | 'notify' | 'sweep';
type Need = UseCaseName | InnerUseCase;

const submit: Right[] = [
  'authenticate',
  'readPrinters',
  'listPrinters',
  'createJobs',
  'storeDocuments',
  'sendToPrepare',
  'sendToOffer',
];

const direct: Right[] = ['authenticate', 'writeUploads', 'composeDocuments'];

const needs: Record<Need, Right[]> = {
  abortDirectUpload: [...direct, 'deletePieces'],
  cancelJob: [
    'authenticate',
    'readJobs',
    'saveJobs',
    'leavePlaces',
    'discardConversions',
    'sendToNotify',
    'tellRelays',
  ],
  checkJob: ['authenticate', 'readJobs', 'readCredits'],
  collectOutput: ['readJobs', 'saveJobs', 'readDocuments'],
  completeDirectUpload: direct,
  convertDocument: [...submit, 'storeConversions', 'readJobs', 'readUploads', 'readDocuments', 'readCredits'],
  createEnrolmentCode: ['authenticate', 'readPrinters', 'listPrinters', 'makeCodes'],
  deleteFile: [
    'authenticate',
    'readJobs',
    'saveJobs',
    'writeUploads',
    'abortDocuments',
    'deletePieces',
    'deleteOutputs',
    'readCredits',
  ],
  describeCredits: ['authenticate', 'readCredits'],
  describeKey: ['authenticate'],
  downloadOutput: ['readJobs', 'saveJobs', 'readDocuments'],
  downloadUpload: ['readUploads', 'readDocuments'],
  enrolRelay: ['useCodes', 'saveRelays', 'savePrinters', 'identifyRelays'],
  getDirectUpload: direct,
  getJob: ['authenticate', 'readJobs'],
  getLocation: ['authenticate', 'readPrinters', 'listPrinters'],
  getPrinter: ['authenticate', 'readPrinters'],
  keepFile: ['authenticate', 'createUploads', 'storeDocuments', 'readCredits'],
  listJobs: ['authenticate', 'listJobs'],
  listPrinters: ['authenticate', 'listPrinters'],
  openDirectUpload: direct,
  openFile: ['authenticate', 'createUploads', 'storeDocuments', 'readCredits'],
  openUpload: ['authenticate', 'createUploads'],
  putSegment: ['authenticate', 'writeUploads', 'composeDocuments', 'stagePieces'],
  resolveJob: ['authenticate', 'readJobs', 'saveJobs', 'takePlaces', 'sendToOffer'],
  saveLocation: ['authenticate', 'savePrinters', 'listPrinters'],
  savePrinter: ['authenticate', 'savePrinters', 'listPrinters'],
  storeDocument: ['authenticate', 'createUploads', 'storeDocuments'],
  submitConversion: [...submit, 'storeConversions'],
  submitDocument: submit,
  submitRaw: [...submit, 'storeConversions'],
  submitUpload: [...submit, 'writeUploads', 'composeDocuments', 'readPieces', 'deletePieces'],

  prepareJobs: [
    'readJobs',
    'saveJobs',
    'leavePlaces',
    'readDocuments',
    'readConversions',
    'storeOutputs',
    'discardConversions',
    'chargeCredits',
    'sendToOffer',
    'sendToNotify',
  ],
  notify: ['readJobs', 'saveJobs', 'readCredits', 'sendToNotify'],
  offerJobs: ['readPrinters', 'waitingJobs', 'readDocuments', 'tellRelays'],
  handleRelayEvent: [
    'readRelays',
    'savePrinters',
    'listPrinters',
    'readJobs',
    'saveJobs',
    'takePlaces',
    'leavePlaces',
    'waitingJobs',
    'readDocuments',
    'sendToOffer',
    'tellRelays',
  ],
  sweep: [
    'dueJobs',
    'readJobs',
    'saveJobs',
    'takePlaces',
    'leavePlaces',
    'endUploads',
    'abortDocuments',
    'deletePieces',
    'deleteOutputs',
    'discardConversions',
    'sendToPrepare',
    'sendToOffer',
    'sendToNotify',
  ],
};

const everyUseCase = (Object.keys(needs) as Need[]).filter(
  name => !['prepareJobs', 'offerJobs', 'handleRelayEvent', 'notify', 'sweep'].includes(name),
);

/** As the functions import them. */
export const useCasesOf: Record<FunctionName, Need[]> = {
  print: everyUseCase,
  status: ['getJob'],
  upload: [
    'openUpload',
    'putSegment',
    'openDirectUpload',
    'getDirectUpload',
    'completeDirectUpload',
    'abortDirectUpload',
    'keepFile',
    'openFile',
    'deleteFile',
    'downloadOutput',
    'downloadUpload',
    'storeDocument',
  ],
  'job-check': ['listJobs', 'checkJob', 'describeCredits'],
  printers: ['describeKey', 'getLocation', 'getPrinter', 'listPrinters', 'saveLocation', 'savePrinter'],
  relay: ['createEnrolmentCode', 'enrolRelay'],
  prepare: ['prepareJobs'],
  offer: ['offerJobs'],
  'relay-events': ['handleRelayEvent'],
  notify: ['notify'],
  sweep: ['sweep'],
};

/** What a function may do, each right once. */
export function grantsOf(name: FunctionName): Grant[] {
  const wanted = new Set(useCasesOf[name].flatMap(useCase => needs[useCase]));
  return [...wanted].flatMap((right): Grant[] => rights[right]);
}
