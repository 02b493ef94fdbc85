import { rejects } from 'node:assert/strict';
import 'reflect-metadata'; // @peculiar/x509 will not load without it
import { generateKeyPairSync, sign, webcrypto } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as x509 from '@peculiar/x509';
import { someBytes, someJob } from '../../doubles/samples.ts';
import type { useCasesOf } from '../../infra/grants.ts';
import { type ConversionTurns, makeRemoteConverter } from '../../shared/adapters/aws/lambda/remote-converter.ts';
import type { Principal } from '../../shared/core/domain/company.ts';
import type { Conversion } from '../../shared/core/domain/conversion.ts';
import { PrintError } from '../../shared/core/domain/errors.ts';
import type { CompanyId, JobId, RelayId } from '../../shared/core/domain/ids.ts';
import type { Job } from '../../shared/core/domain/job.ts';
import type { PrinterName } from '../../shared/core/domain/printer.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { keyDigest } from '../../shared/core/usecases/accounts/authenticate.ts';
import { prepareJobs } from '../../shared/core/usecases/documents/prepare-jobs.ts';
import { deliverEvent } from '../../shared/core/usecases/events/deliver-event.ts';
import { recordChanges } from '../../shared/core/usecases/events/record-changes.ts';
import * as useCases from '../../shared/core/usecases/index.ts';
import { notify } from '../../shared/core/usecases/jobs/notify.ts';
import { handleRelayEvent } from '../../shared/core/usecases/jobs/relay-events.ts';
import { offerJobs } from '../../shared/core/usecases/relays/offer-jobs.ts';
import { sweep } from '../../shared/core/usecases/upkeep/sweep.ts';
import type { RelayEvent } from '../../shared/protocol/relay-message-schema.ts';
import { type Report, renewalText } from '../../shared/protocol/relay-protocol.ts';
import type { RenderRequest } from '../../shared/protocol/render-protocol.ts';
import type { FunctionName } from '../../shared/protocol/service-table.ts';

/*
 * A scene for each use case: the data it needs to exercise all its requests.
 */

export const companyId = 'acme' as CompanyId;
export const principal: Principal = {
  companyId,
  scopes: ['print', 'admin'],
  jobsPerDay: 1_000_000,
  storedOctets: 1e12,
};
export const key = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

let ports: Ports;
let turns: ConversionTurns;
/** Done by another component meanwhile. */
let unwatched: (work: () => Promise<unknown>) => Promise<void>;
/** Printers without jobs of other scenes. */
let office: PrinterName;
let second: PrinterName;

/** Runs before each scene. */
export async function setStage(given: Ports, besides: typeof unwatched, shares: ConversionTurns): Promise<void> {
  ports = given;
  unwatched = besides;
  turns = shares;
  const locationId = crypto.randomUUID();
  await useCases.saveLocation(ports, principal, { address: { locationId }, changes: {} });
  [office, second] = ['laser', 'label'].map(deviceId => ({ locationId, deviceId })) as [PrinterName, PrinterName];
  for (const address of [office, second]) {
    await useCases.savePrinter(ports, principal, { address, changes: { active: true } });
  }
}

const request = () => ({ contract: 'platen' as const, targets: [office], name: 'page', template: {}, properties: {} });
const claimed = () => ({ ...request(), idempotencyKey: crypto.randomUUID() });
const bytes = () => Buffer.from(`%PDF-1.7 ${crypto.randomUUID()}`);
const output = { fileName: 'page.pdf', keepMilliseconds: 3_600_000, once: false };
const conversion = { kind: 'hash' as const, document: { kind: 'inline' as const } };
const plainPage = {
  kind: 'page' as const,
  backgrounds: false,
  media: 'print' as const,
  fullLoad: true,
  scripts: false,
};
const converter = { convert: async () => ({ bytes: [{ suffix: '_1.pdf', bytes: bytes() }], warnings: [] }) };
/** The function `render`, which puts what it makes to a presigned address or into its answer. */
const renderFunction = {
  async send({ input }: InvokeCommand) {
    const { output } = JSON.parse(Buffer.from(input.Payload as Uint8Array).toString()) as RenderRequest;
    const made = Buffer.from('%PDF-1.7');
    if (output !== null) await unwatched(() => fetch(output, { method: 'PUT', body: made }));
    const content = output === null ? made.toString('base64') : undefined;
    return { Payload: Buffer.from(JSON.stringify({ files: [{ octets: made.length }], content, warnings: [] })) };
  },
} as unknown as LambdaClient;
const elsewhere = () =>
  makeRemoteConverter(
    renderFunction,
    { name: 'render', largeName: 'render-large', isPerCompany: false },
    ports.documents,
    turns,
  );
const webhooks = { post: async () => 'failed' as const };
const eventPoster = { check: () => undefined, post: async () => ({ status: 500, milliseconds: 1, text: '' }) };
const posting = () => ({ ...ports, eventPoster });
const makeWebhook = async () => {
  for (const { webhook } of await useCases.listWebhooks(ports, principal)) {
    await useCases.deleteWebhook(ports, principal, { id: webhook.id });
  }
  return await useCases.createWebhook(posting(), principal, { url: 'https://erp.test' });
};
const makeReplay = async () => {
  const made = await makeWebhook();
  const { id } = await useCases.replayEvents(ports, principal, { id: made.webhook.id, from: { sequence: 1 } });
  return { ...made, replayId: id };
};
const preparing = () => ({ ...ports, converter });
/** What a function remembers of the registry it remembers for this object. */
const withoutMemory = () => ({ ...ports, registry: { ...ports.registry } });

const submitted = async () =>
  (await useCases.submitDocument(ports, principal, { ...request(), bytes: bytes() }))[0] as Job;
const converting = async (...targets: PrinterName[]) => {
  const order = { ...request(), targets, conversion, inline: bytes(), output: { ...output, isList: true }, credits: 1 };
  const callback = { url: 'https://example.com/callback', origin: 'https://print.example.com' };
  return (await useCases.submitConversion(ports, principal, { ...order, callback }))[0] as Job;
};
const converted = async () => {
  const job = await converting();
  await prepareJobs(preparing(), { jobIds: [job.id] });
  return (await ports.jobs.get(job.id)) as Job;
};
const segmented = async (octets: number) => {
  const { id } = await useCases.openUpload(ports, principal);
  for (let offset = 0; offset < octets; offset += 4 << 20) {
    const segment = someBytes(Math.min(4 << 20, octets - offset));
    await useCases.putSegment(ports, principal, { uploadId: id, offset, bytes: segment });
  }
  return id;
};
const direct = async () => {
  const view = await useCases.openDirectUpload(ports, principal, { octets: 9 });
  await fetch(view.addresses[0]?.url as string, { method: 'PUT', body: '%PDF-1.7\n' });
  return view.session;
};

/** A file of 12 octets at a presigned address, of a company that reserves 10 for it. */
const putFile = async () => {
  const small = { ...principal, uploadQuota: { documentOctets: 5 } };
  const { session, putAddress } = await useCases.openFile(ports, small, { name: 'a.html', seconds: 60 });
  await fetch(putAddress as string, { method: 'PUT', body: '<p>page</p>\n' });
  return { small, upload: session.id };
};

async function enrolled(): Promise<RelayId> {
  return (await useCases.enrolRelay(ports, await invitation())).relayId;
}

/** A job that the relay has, and has not begun. */
async function held(relayId: RelayId): Promise<Job> {
  const job = await submitted();
  await handleRelayEvent(ports, { type: 'acknowledge', relayId, jobId: job.id, attempt: 1, instance: 'one' });
  return job;
}

async function unconfirmedJob(): Promise<JobId> {
  const { id } = await submitted();
  const relayId = await enrolled();
  await handleRelayEvent(ports, { type: 'acknowledge', relayId, jobId: id, attempt: 1 });
  await handleRelayEvent(ports, { ...unconfirmed, relayId, jobId: id });
  return id;
}

async function invitation() {
  const { code } = await useCases.createEnrolmentCode(ports, principal, { locationId: office.locationId });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=relay',
    keys,
    signingAlgorithm: algorithm,
  });
  return { code, csr: csr.toString('pem') };
}

const unconfirmed: Omit<Report, 'jobId'> = {
  type: 'report',
  attempt: 1,
  sequence: 1,
  state: 'processing-stopped',
  reasons: ['delivery-unconfirmed'],
  at: 0,
};

/** Late enough to resend messages, and later than any deadline. */
const [nudgeMilliseconds, endMilliseconds] = [600_000, 40 * 24 * 3_600_000];
const later = (by: number): Ports => ({ ...ports, clock: { ...ports.clock, now: () => Date.now() + by } });

export type Need = (typeof useCasesOf)[FunctionName][number];

/** For each use case: creates its data, and returns the operation to observe. */
export const scenes: Record<Need, () => Promise<() => Promise<unknown>>> = {
  abortDirectUpload: async () => {
    const { id } = await direct();
    return () => useCases.abortDirectUpload(ports, principal, { id });
  },
  cancelJob: async () => {
    const [job, held, waiting] = [await converting(), await submitted(), await submitted()];
    const relayId = await enrolled();
    await handleRelayEvent(ports, { type: 'acknowledge', relayId, jobId: held.id, attempt: 1 });
    return async () => {
      for (const { id } of [job, held, waiting]) await useCases.cancelJob(ports, principal, { id });
    };
  },
  cancelJobs: async () => {
    const [job, waiting] = [await converting(), await submitted()];
    return () => useCases.cancelJobs(ports, principal, { ids: [job.id, waiting.id] });
  },
  checkJob: async () => {
    const { id } = await submitted();
    return () => useCases.checkJob(withoutMemory(), principal, { id });
  },
  checkSubmission: async () => {
    const { id: uploadId } = await useCases.storeDocument(ports, principal, { bytes: bytes() });
    const [checked, converter] = [{ targets: [office], template: {} }, elsewhere()];
    const conversion: Conversion = { kind: 'fetch', document: { kind: 'url', url: 'https://print.example.com/file' } };
    return async () => {
      for (const document of [{ uploadId }, { conversion }]) {
        await useCases.checkSubmission({ ...ports, converter }, principal, { ...checked, document });
      }
    };
  },
  collectOutput: async () => {
    const { id } = await converted();
    return () => useCases.collectOutput(ports, { token: id });
  },
  completeDirectUpload: async () => {
    const { id } = await direct();
    return () => useCases.completeDirectUpload(ports, principal, { id });
  },
  convertDocument: async () => {
    const upload = await useCases.storeDocument(ports, principal, { bytes: Buffer.from('<p>page') });
    const url = 'https://print.example.com/file';
    const order = { ...claimed(), targets: [office, second], output, inline: bytes(), readsText: true };
    const own = { [url]: { names: { upload: upload.id }, isCertain: true } };
    const { small, upload: put } = await putFile();
    const ownPut = { [url]: { names: { upload: put }, isCertain: true } };
    const hash = { kind: 'hash' as const, document: { kind: 'url' as const, url } };
    const page = { ...plainPage, content: { kind: 'url' as const, url } };
    let now = ports.clock.now();
    // waits once, and then it is late
    const clock = { ...ports.clock, now: () => (now += 30_000) };
    const given = { ...ports, clock, callbackPolicy: { refuses: () => false } };
    return async () => {
      await useCases.convertDocument(given, principal, { ...order, conversion: hash, own, waits: true });
      // paper gets another document than the client, and the printer is named by its title
      const apart = { printed: hash, targets: [{ ...office, deviceId: office.deviceId.toUpperCase() }] };
      const unclaimed = { ...order, ...apart, idempotencyKey: undefined };
      await useCases.convertDocument(given, principal, { ...unclaimed, conversion: page, own, waits: false });
      await useCases.convertDocument(given, principal, { ...unclaimed, conversion: page, own: ownPut, waits: false });
      const tooLarge = { ...unclaimed, conversion: page, own: ownPut, waits: false };
      await rejects(useCases.convertDocument(given, small, tooLarge), /too large/);
    };
  },
  copyJob: async () => {
    const { id } = await submitted();
    return () => useCases.copyJob(ports, principal, { id, targets: [office, second] });
  },
  createEnrolmentCode: async () => () =>
    useCases.createEnrolmentCode(ports, principal, { locationId: office.locationId }),
  createKey: async () => () => useCases.createKey(ports, principal, { name: 'till', scopes: ['print'] }),
  deleteLocation: async () => {
    await enrolled();
    await useCases.savePrinter(ports, principal, { address: office, changes: {} });
    return () => useCases.deleteLocation(ports, principal, { locationId: office.locationId });
  },
  deletePrinter: async () => {
    await useCases.savePrinter(ports, principal, { address: office, changes: {} });
    return () => useCases.deletePrinter(ports, principal, office);
  },
  deleteFile: async () => {
    const { id: job } = await converted();
    const { id: stored } = await useCases.storeDocument(ports, principal, { bytes: bytes() });
    const [{ id: begun }, pieces] = [await direct(), await segmented(9)];
    return async () => {
      for (const names of [{ job, file: 0 }, { job }, { upload: stored }, { upload: begun }, { upload: pieces }]) {
        await useCases.deleteFile(ports, principal, { address: { names, isCertain: true } });
      }
    };
  },
  describeCredits: async () => () => useCases.describeCredits(ports, principal),
  describeKey: async () => () => useCases.describeKey(ports, { key }),
  downloadOutput: async () => {
    const { id } = await converted();
    return async () => {
      await useCases.downloadOutput(ports, { job: id, file: 0 });
      await useCases.downloadOutput(ports, { job: id });
    };
  },
  downloadUpload: async () => {
    const { id } = await useCases.storeDocument(ports, principal, { bytes: someBytes(5 << 20) });
    const { upload } = await putFile();
    return async () => {
      await useCases.downloadUpload(ports, { upload: id });
      await useCases.downloadUpload(ports, { upload });
    };
  },
  enrolRelay: async () => {
    const [first, second] = [await invitation(), await invitation()];
    return async () => {
      const { relayId } = await useCases.enrolRelay(ports, first);
      await unwatched(() => held(relayId));
      await useCases.enrolRelay(ports, second);
    };
  },
  getDirectUpload: async () => {
    const { id } = await direct();
    return () => useCases.getDirectUpload(ports, principal, { id });
  },
  getJob: async () => {
    const { id } = await submitted();
    return () => useCases.getJob(ports, principal, { id });
  },
  getJobDocument: async () => {
    const { id } = await converted();
    return () => useCases.getJobDocument(ports, principal, { id });
  },
  getLocation: async () => () => useCases.getLocation(ports, principal, { locationId: office.locationId }),
  getPrinter: async () => () => useCases.getPrinter(ports, principal, office),
  identifyPrinter: async () => {
    const relayId = await enrolled();
    const attributes = { 'identify-actions-supported': ['flash'] };
    const devices = [
      { deviceId: office.deviceId, scheme: 'ipp', attributes, state: 'idle' as const, stateReasons: [] },
    ];
    await unwatched(() => handleRelayEvent(ports, { type: 'register', relayId, devices }));
    await unwatched(() => handleRelayEvent(ports, { type: 'connected', relayId, at: Date.now(), version: 1 }));
    return () => useCases.identifyPrinter(ports, principal, office);
  },
  keepFile: async () => () => useCases.keepFile(ports, principal, { bytes: bytes(), name: 'a.pdf' }),
  listJobs: async () => () => useCases.listJobs(ports, principal, { limit: 10 }),
  followEvents: async () => {
    const keyId = keyDigest(key).slice(0, 12);
    const { ticket } = await useCases.openEventStream(ports, { ...principal, keyId }, {});
    return () => useCases.followEvents(ports, { ticket, after: 0, isNamed: false });
  },
  createWebhook: async () => () => makeWebhook(),
  deleteWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.deleteWebhook(ports, principal, { id: webhook.id });
  },
  deliverEvent: async () => {
    const { webhook } = await makeWebhook();
    const [job, other] = [someJob(companyId, { version: 1 }), someJob(companyId, { version: 1 })];
    await recordChanges(
      ports,
      [job, other].map(after => ({ kind: 'job' as const, after, at: Date.now() })),
    );
    const logged = await ports.events.read(companyId, 0, 100);
    const [accepted, refused] = logged.slice(-2);
    const post = async (_url: string, headers: Record<string, string>) => {
      return { status: headers['webhook-id'] === refused?.id ? 500 : 204, milliseconds: 1, text: '' };
    };
    const message = { companyId, webhookId: webhook.id, sequence: accepted?.sequence ?? 0, attempt: 1 };
    // goes on with the one after it
    return () => deliverEvent({ ...ports, eventPoster: { ...eventPoster, post } }, message);
  },
  enableWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.enableWebhook(ports, principal, { id: webhook.id, replayFrom: 1 });
  },
  getReplay: async () => {
    const { webhook, replayId } = await makeReplay();
    return () => useCases.getReplay(ports, principal, { id: webhook.id, replayId });
  },
  getWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.getWebhook(ports, principal, { id: webhook.id });
  },
  listDeliveries: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.listDeliveries(ports, principal, { id: webhook.id, limit: 10 });
  },
  listWebhooks: async () => () => useCases.listWebhooks(ports, principal),
  describeReplay: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.describeReplay(ports, principal, { id: webhook.id, from: { sequence: 1 } });
  },
  replayEvents: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.replayEvents(ports, principal, { id: webhook.id, from: { sequence: 1 } });
  },
  rotateWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.rotateWebhook(ports, principal, { id: webhook.id });
  },
  stopReplay: async () => {
    const { webhook, replayId } = await makeReplay();
    return () => useCases.stopReplay(ports, principal, { id: webhook.id, replayId });
  },
  testWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.testWebhook(posting(), principal, { id: webhook.id });
  },
  updateWebhook: async () => {
    const { webhook } = await makeWebhook();
    return () => useCases.updateWebhook(posting(), principal, { id: webhook.id, changes: { state: 'paused' } });
  },
  recordChanges: async () => {
    await makeWebhook();
    const after = someJob(companyId, { version: 1 });
    return () => recordChanges(ports, [{ kind: 'job', after, at: Date.now() }]);
  },
  openEventStream: async () => () => useCases.openEventStream(ports, principal, {}),
  readEvents: async () => () => useCases.readEvents(ports, principal, { after: 0, limit: 10 }),
  listKeys: async () => () => useCases.listKeys(ports, principal),
  listLocations: async () => () => useCases.listLocations(ports, principal, { limit: 10 }),
  listRelays: async () => {
    await enrolled();
    return () => useCases.listRelays(ports, principal);
  },
  listPrinters: async () => () => useCases.listPrinters(ports, principal, { limit: 10 }),
  moveJob: async () => {
    const { id } = await submitted();
    return () => useCases.moveJob(ports, principal, { id, target: second });
  },
  openDirectUpload: async () => () => useCases.openDirectUpload(ports, principal, { octets: 9 }),
  openFile: async () => () => useCases.openFile(ports, principal, { name: 'a.pdf', seconds: 60 }),
  openUpload: async () => () => useCases.openUpload(ports, principal),
  previewPage: async () => {
    const { id } = await submitted();
    const converter = elsewhere();
    return () => useCases.previewPage({ ...ports, converter }, principal, { id, page: 1, width: 320 });
  },
  putSegment: async () => () => segmented(17 << 20),
  printTestPage: async () => async () => {
    for (const language of ['pdf', 'text'] as const) {
      await useCases.printTestPage(ports, principal, { target: office, language, idempotencyKey: crypto.randomUUID() });
    }
  },
  releaseJob: async () => {
    const [job] = await useCases.submitDocument(ports, principal, { ...request(), hold: {}, bytes: bytes() });
    return () => useCases.releaseJob(ports, principal, { id: job?.id as string });
  },
  resolveJob: async () => {
    const id = await unconfirmedJob();
    return () => useCases.resolveJob(ports, principal, { id, as: 'reprint' });
  },
  resolveJobs: async () => {
    const id = await unconfirmedJob();
    return () => useCases.resolveJobs(ports, principal, { ids: [id], as: 'reprint' });
  },
  revokeKey: async () => {
    const { key: made } = await useCases.createKey(ports, principal, { name: 'till', scopes: ['print'] });
    return () => useCases.revokeKey(ports, principal, made.digest);
  },
  renewRelay: async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const given = await invitation();
    const exported = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { relayId } = await useCases.enrolRelay(ports, { ...given, publicKey: exported });
    const unsigned = { relayId, at: Date.now(), csr: given.csr };
    const signature = sign('sha256', Buffer.from(renewalText(unsigned)), privateKey).toString('base64');
    return () => useCases.renewRelay(ports, { ...unsigned, signature });
  },
  revokeRelay: async () => {
    const relayId = await enrolled();
    return () => useCases.revokeRelay(ports, principal, relayId);
  },
  saveLocation: async () => () =>
    useCases.saveLocation(ports, principal, { address: { locationId: 'dock' }, changes: {} }),
  savePrinter: async () => () => useCases.savePrinter(ports, principal, { address: office, changes: { notes: 'x' } }),
  storeDocument: async () => () => useCases.storeDocument(ports, principal, { bytes: bytes() }),
  submitConversion: async () => () =>
    useCases.submitConversion(ports, principal, { ...claimed(), conversion, inline: bytes(), output }),
  submitDocument: async () => {
    await enrolled();
    return async () => {
      const submission = { ...claimed(), targets: [office, second], bytes: bytes() };
      await useCases.submitDocument(ports, principal, submission);
      await useCases.submitDocument(ports, principal, submission);
      const further = { ...submission, idempotencyKey: undefined, supersedes: 'label' };
      await useCases.submitDocument(ports, principal, further);
      await useCases.submitDocument(ports, principal, further);
    };
  },
  submitRaw: async () => async () => {
    const { targets: _, ...rest } = request();
    await useCases.submitRaw(ports, principal, { ...rest, target: office, content: { bytes: bytes() } });
    await useCases.submitRaw(ports, principal, { ...rest, target: office, content: { url: 'https://example.com/' } });
  },
  submitUpload: async () => {
    const [small, large, packed] = [await segmented(9), await segmented(17 << 20), await direct()];
    return async () => {
      for (const uploadId of [small, large, packed.id])
        await useCases.submitUpload(ports, principal, { ...request(), uploadId });
    };
  },
  traceJob: async () => {
    const { id } = await submitted();
    return () => useCases.traceJob(ports, principal, { id });
  },
  shareJob: async () => {
    const { id } = await submitted();
    return () => useCases.shareJob(ports, principal, { id });
  },
  viewSharedJob: async () => {
    const { id } = await submitted();
    const { token } = await useCases.shareJob(ports, principal, { id });
    return () => useCases.viewSharedJob(withoutMemory(), { token });
  },
  viewJob: async () => {
    const { id } = await submitted();
    return () => useCases.viewJob(withoutMemory(), principal, { id });
  },

  prepareJobs: async () => {
    await enrolled();
    const [made, failed, unwanted] = [await converting(office, second), await converting(second), await converting()];
    // at a printer where another job waits
    const targets = [second];
    const compressed = {
      ...request(),
      targets,
      bytes: deflateSync(Buffer.alloc(40 << 20)),
      compression: 'zlib' as const,
    };
    const [large] = await useCases.submitDocument(ports, principal, compressed);
    const fail = async () => {
      throw new PrintError('document-format-error', 'This is no page.');
    };
    const cancelMeanwhile = async () => {
      await unwatched(() => useCases.cancelJob(ports, principal, { id: unwanted.id }));
      return { bytes: bytes(), warnings: [] };
    };
    const remote = await converting();
    return async () => {
      await prepareJobs({ ...ports, converter: elsewhere() }, { jobIds: [remote.id] });
      await prepareJobs(preparing(), { jobIds: [made.id] });
      await prepareJobs(preparing(), { jobIds: [large?.id as Job['id']] });
      await prepareJobs({ ...ports, converter: { convert: fail } }, { jobIds: [failed.id] });
      await prepareJobs({ ...ports, converter: { convert: cancelMeanwhile } }, { jobIds: [unwanted.id] });
    };
  },
  offerJobs: async () => {
    await enrolled();
    await submitted();
    return () => offerJobs(ports, { companyId, printer: office });
  },
  handleRelayEvent: async () => {
    const callback = { url: 'https://example.com/callback', origin: 'https://print.example.com' };
    const submission = { ...request(), callback, bytes: bytes() };
    const [job] = await useCases.submitDocument(ports, principal, submission);
    const jobId = job?.id as JobId;
    await useCases.savePrinter(ports, principal, { address: office, changes: { unconfirmedPolicy: 'reprint' } });
    const again = await submitted();
    const relayId = await enrolled();
    const device = { deviceId: 'new', scheme: 'ipp', attributes: {}, state: 'idle' as const, stateReasons: [] };
    const events: RelayEvent[] = [
      { type: 'connected', relayId, at: 1, version: 1 },
      { type: 'register', relayId, devices: [device] },
      { type: 'fetch', relayId, instance: 'two', lost: 'The journal is new.' },
      { type: 'acknowledge', relayId, jobId, attempt: 1 },
      { type: 'acknowledge', relayId, jobId: again.id, attempt: 1 },
      { ...unconfirmed, relayId, jobId: again.id },
      { ...unconfirmed, relayId, jobId, state: 'completed', reasons: [] },
      { type: 'disconnected', relayId, at: 2, version: 1 },
    ];
    return async () => {
      for (const event of events) await handleRelayEvent(ports, event);
    };
  },
  notify: async () => {
    const { id: jobId } = await converted();
    const telling = { ...ports, webhooks, describeEnd: () => '{}' };
    return async () => {
      await notify(telling, { jobId, attempt: 1 });
      await notify(telling, { jobId, attempt: 9 });
    };
  },
  sweep: async () => {
    await Promise.all([submitted(), converting(second), converted(), segmented(9), direct()]);
    // jobs of an offline relay are not offered
    const location = await ports.registry.getLocation(companyId, office.locationId);
    if (location) await ports.registry.saveLocation({ ...location, online: true });
    return async () => {
      // a day after the end, documents are deleted
      for (const at of [nudgeMilliseconds, endMilliseconds, endMilliseconds + 25 * 3_600_000]) {
        for (let round = 0; round < 5 && (await sweep(later(at))) > 0; round++);
      }
    };
  },
};
