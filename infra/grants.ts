import type { UseCaseName } from '../shared/contracts/use-cases.ts';
import type { FunctionName } from '../shared/protocol/service-table.ts';
import { type Grant, type Right, rights } from './rights.ts';

/*
 * The rights of each use case, and the use cases of each function. A function's role has exactly the rights of its use
 * cases. A new use case does not compile until it is listed here, and a test compares the second table with the
 * functions' imports.
 */

/** Use cases invoked by a queue or the schedule, not by a client. */
type InnerUseCase =
  | 'recordChanges'
  | 'deliverEvent'
  | 'prepareJobs'
  | 'offerJobs'
  | 'handleRelayEvent'
  | 'notify'
  | 'sweep';
type Need = UseCaseName | InnerUseCase;

/** Notifies relays of fetchable jobs, or defers that to the queue. */
const rings: Right[] = ['waitingJobs', 'readDocuments', 'tellRelays', 'sendToOffer'];

/** A new job may end an older one with the same key. */
const supersedes: Right[] = ['readJobs', 'saveJobs', 'leavePlaces', 'discardConversions', 'sendToNotify'];

const submit: Right[] = [
  'authenticate',
  'readPrinters',
  'listPrinters',
  'createJobs',
  'countOctets',
  'storeDocuments',
  'shareDocuments',
  'sendToPrepare',
  ...rings,
  ...supersedes,
];

const direct: Right[] = ['authenticate', 'writeUploads', 'composeDocuments'];

const cancel: Right[] = [
  'authenticate',
  'readJobs',
  'saveJobs',
  'leavePlaces',
  'discardConversions',
  'sendToNotify',
  'tellRelays',
];

/** A job goes back to its place in the printer's order. */
const putBack: Right[] = ['authenticate', 'readJobs', 'saveJobs', 'takePlaces', 'sendToOffer'];
const webhooks: Right[] = ['authenticate', 'readEvents'];

/**
 * Calls of Platen's own dialect that make or end keys and identities, process content, or are about events: only their exact paths invoke
 * them.
 */
const exactPathsOnly: Need[] = [
  'createEnrolmentCode',
  'createKey',
  'createWebhook',
  'deleteLocation',
  'deleteWebhook',
  'describeReplay',
  'enableWebhook',
  'enrolRelay',
  'followEvents',
  'getReplay',
  'getWebhook',
  'listDeliveries',
  'listKeys',
  'listRelays',
  'listWebhooks',
  'openEventStream',
  'previewPage',
  'readEvents',
  'renewRelay',
  'replayEvents',
  'revokeKey',
  'revokeRelay',
  'rotateWebhook',
  'shareJob',
  'stopReplay',
  'testWebhook',
  'updateWebhook',
  'viewSharedJob',
];

const needs: Record<Need, Right[]> = {
  abortDirectUpload: [...direct, 'deletePieces', 'deleteOutputs'],
  cancelJob: cancel,
  cancelJobs: cancel,
  checkSubmission: ['authenticate', 'readPrinters', 'listPrinters', 'readUploads', 'readDocuments', 'renderDocuments'],
  checkJob: ['authenticate', 'readJobs', 'readCredits', 'listJobs', 'listPrinters'],
  collectOutput: ['readJobs', 'saveJobs', 'readDocuments'],
  completeDirectUpload: [...direct, 'deletePieces', 'deleteOutputs'],
  // its jobs are not fetchable yet, so it rings no relay
  convertDocument: [
    'authenticate',
    'readPrinters',
    'listPrinters',
    'createJobs',
    'countOctets',
    'storeConversions',
    'sendToPrepare',
    'readJobs',
    'reserveUploads',
    'readDocuments',
    'readPutFiles',
    'discardPutFiles',
    'readCredits',
  ],
  copyJob: [...submit, 'readJobs', 'readDocuments'],
  createEnrolmentCode: ['authenticate', 'readPrinters', 'listPrinters', 'makeCodes'],
  createKey: ['authenticate', 'saveKeys'],
  createWebhook: [...webhooks, 'writeWebhooks', 'readKeyring'],
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
  deleteLocation: ['authenticate', 'readPrinters', 'listPrinters', 'deletePrinters', 'saveRelays', 'identifyRelays'],
  deleteWebhook: [...webhooks, 'writeWebhooks'],
  deletePrinter: ['authenticate', 'readPrinters', 'deletePrinters'],
  describeCredits: ['authenticate', 'readCredits'],
  describeKey: ['authenticate'],
  describeReplay: webhooks,
  downloadOutput: ['readJobs', 'saveJobs', 'readDocuments'],
  downloadUpload: ['readUploads', 'readDocuments', 'readPutFiles'],
  enableWebhook: [...webhooks, 'writeWebhooks'],
  enrolRelay: [
    'useCodes',
    'saveRelays',
    'savePrinters',
    'identifyRelays',
    'listJobs',
    'readJobs',
    'saveJobs',
    'takePlaces',
    'sendToOffer',
  ],
  followEvents: ['authenticate', 'listKeys', 'readEvents', 'readKeyring'],
  getDirectUpload: direct,
  getJob: ['authenticate', 'readJobs'],
  getJobDocument: ['authenticate', 'readJobs', 'saveJobs', 'readDocuments'],
  getLocation: ['authenticate', 'readPrinters', 'listPrinters'],
  getPrinter: ['authenticate', 'readPrinters'],
  getReplay: webhooks,
  getWebhook: webhooks,
  identifyPrinter: ['authenticate', 'readPrinters', 'tellRelays'],
  keepFile: ['authenticate', 'createUploads', 'storeDocuments', 'deleteOutputs', 'readCredits'],
  listDeliveries: webhooks,
  listJobs: ['authenticate', 'listJobs', 'listPrinters'],
  listKeys: ['authenticate', 'listKeys', 'readKeyUses'],
  listLocations: ['authenticate', 'listPrinters'],
  listPrinters: ['authenticate', 'listPrinters'],
  listWebhooks: webhooks,
  listRelays: ['authenticate', 'listPrinters', 'readRelays'],
  moveJob: [...submit, ...cancel, 'readDocuments'],
  openDirectUpload: [...direct, 'countOctets'],
  openEventStream: ['authenticate', 'readKeyring'],
  openFile: ['authenticate', 'createUploads', 'storePutFiles', 'readCredits'],
  openUpload: ['authenticate', 'createUploads'],
  previewPage: ['authenticate', 'readJobs', 'readDocuments', 'renderDocuments'],
  printTestPage: [...submit, 'storeConversions'],
  putSegment: ['authenticate', 'writeUploads', 'composeDocuments', 'stagePieces'],
  readEvents: ['authenticate', 'readEvents'],
  replayEvents: [...webhooks, 'writeWebhooks'],
  rotateWebhook: [...webhooks, 'writeWebhooks', 'readKeyring'],
  shareJob: ['authenticate', 'readJobs', 'readKeyring'],
  stopReplay: [...webhooks, 'writeWebhooks'],
  testWebhook: [...webhooks, 'readKeyring'],
  updateWebhook: [...webhooks, 'writeWebhooks'],
  releaseJob: putBack,
  resolveJob: putBack,
  resolveJobs: putBack,
  revokeKey: ['authenticate', 'listKeys', 'deleteKeys'],
  renewRelay: ['readRelays', 'identifyRelays'],
  revokeRelay: ['authenticate', 'saveRelays', 'savePrinters', 'identifyRelays'],
  saveLocation: ['authenticate', 'savePrinters', 'listPrinters'],
  savePrinter: ['authenticate', 'savePrinters', 'listPrinters'],
  storeDocument: ['authenticate', 'createUploads', 'countOctets', 'storeDocuments'],
  submitConversion: [...submit, 'storeConversions'],
  submitDocument: submit,
  submitRaw: [...submit, 'storeConversions'],
  submitUpload: [...submit, 'writeUploads', 'composeDocuments', 'readPieces', 'deletePieces', 'deleteOutputs'],
  traceJob: ['authenticate', 'readJobs'],
  viewJob: ['authenticate', 'readJobs', 'listJobs', 'listPrinters'],
  viewSharedJob: ['authenticate', 'readJobs', 'listJobs', 'listPrinters', 'readKeyring'],

  prepareJobs: [
    'readPrinters',
    'readJobs',
    'saveJobs',
    'leavePlaces',
    'readConversions',
    'storeConversions',
    'readPutFiles',
    'renderDocuments',
    'sendToPrepare',
    'storeOutputs',
    'countOctets',
    'shareDocuments',
    'discardConversions',
    'chargeCredits',
    ...rings,
    'sendToNotify',
  ],
  recordChanges: ['writeEvents', 'sendToNotify'],
  deliverEvent: ['readEvents', 'writeWebhooks', 'writeEvents', 'readKeyring', 'sendToNotify'],
  notify: ['readJobs', 'saveJobs', 'readCredits', 'sendToNotify'],
  offerJobs: ['readPrinters', 'waitingJobs', 'readDocuments', 'tellRelays'],
  handleRelayEvent: [
    'sendToNotify',
    'readRelays',
    'savePrinters',
    'listPrinters',
    'readJobs',
    'listJobs',
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
    'unusedDocuments',
    'readPrinters',
    'tellRelays',
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
    'dueEvents',
    'writeEvents',
  ],
};

const innerUseCases: Need[] = [
  'deliverEvent',
  'recordChanges',
  'prepareJobs',
  'offerJobs',
  'handleRelayEvent',
  'notify',
  'sweep',
];
const onDefaultRoute = (Object.keys(needs) as Need[]).filter(
  name => !innerUseCases.includes(name) && !exactPathsOnly.includes(name),
);

/** As imported by the functions. */
export const useCasesOf: Record<FunctionName, Need[]> = {
  print: onDefaultRoute,
  convert: ['convertDocument'],
  status: ['traceJob', 'viewJob'],
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
    'getJobDocument',
    'storeDocument',
  ],
  preview: ['previewPage'],
  'job-check': ['listJobs', 'checkJob', 'describeCredits'],
  printers: [
    'createKey',
    'deletePrinter',
    'describeKey',
    'getLocation',
    'getPrinter',
    'listKeys',
    'listLocations',
    'listPrinters',
    'revokeKey',
    'saveLocation',
    'savePrinter',
  ],
  events: ['recordChanges'],
  live: ['followEvents', 'openEventStream', 'readEvents', 'shareJob', 'viewSharedJob'],
  webhooks: [
    'createWebhook',
    'deleteWebhook',
    'describeReplay',
    'enableWebhook',
    'getReplay',
    'getWebhook',
    'listDeliveries',
    'listWebhooks',
    'replayEvents',
    'rotateWebhook',
    'stopReplay',
    'testWebhook',
    'updateWebhook',
  ],
  relay: ['createEnrolmentCode', 'deleteLocation', 'enrolRelay', 'listRelays', 'renewRelay', 'revokeRelay'],
  prepare: ['prepareJobs'],
  // customers' content is processed here: no rights, input and output by presigned addresses
  render: [],
  'render-large': [],
  offer: ['offerJobs'],
  'relay-events': ['handleRelayEvent'],
  notify: ['notify', 'deliverEvent'],
  sweep: ['sweep'],
};

/** The grants of a function, without duplicates. */
export function grantsOf(name: FunctionName): Grant[] {
  const wanted = new Set(useCasesOf[name].flatMap(useCase => needs[useCase]));
  return [...wanted].flatMap((right): Grant[] => rights[right]);
}
