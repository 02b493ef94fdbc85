import { PrintError } from '../../core/domain/errors.ts';
import { isFinal, type Job } from '../../core/domain/job.ts';
import type { Contract, HttpRequest, Route } from '../contract.ts';
import { downloaded } from '../downloads.ts';
import { call } from '../use-cases.ts';
import { resultFilePath, resultPath, uploadPath } from './addresses.ts';
import { conversions } from './conversions.ts';
import { downloadedOutput } from './downloads.ts';
import { errorEnvelope, refusal } from './envelopes.ts';
import { checked } from './job-check.ts';
import { parametersOf } from './parameters.ts';
import { infoCall } from './pdf-info.ts';
import { credential, isBase64, orderOf, type Wanted } from './requests.ts';
import { balance, hashResult, infoResult, resultOf, started } from './responses.ts';
import { deleteFile, presignedUpload, upload, uploadBase64 } from './uploads.ts';

/*
 * PDF.co's Web API [docs.pdf.co, developer.pdf.co]: background jobs, files, and PDF conversions. Older clients use GET
 * where newer ones use POST.
 */

const getOrPost = ['GET', 'POST'];

/** Calls whose response contains the result in a special form, read as text. */
const textResponses: Record<string, typeof infoResult> = { [infoCall]: infoResult, '/v1/file/hash': hashResult };

function convert(request: HttpRequest, path: string, wantedOf: (typeof conversions)[string]) {
  const parameters = parametersOf(request);
  const wanted = wantedOf(parameters);
  const respond = textResponses[path];
  const order = orderOf(request, path, parameters, wanted);
  const isInline = parameters.flag('inline') && (isText(wanted) || isBase64(parameters));
  return call.convertDocument({ ...order, readsText: order.waits && (isInline || respond !== undefined) }, outcome => {
    if (!order.waits) return started(request.origin, outcome);
    if (!isFinal(outcome.job)) throw stillRunning(outcome.job);
    return respond ? respond(outcome) : resultOf(request.origin, outcome, isInline);
  });
}

const stillRunning = ({ id }: Job) =>
  new PrintError(
    'timeout',
    `The document is not ready in time. Send such requests with "async": true. This one continues as job ${id}.`,
  );

/** Results that the reply may contain as text: never a PDF or a picture. */
const isText = ({ conversion }: Wanted) => conversion.kind === 'text' || conversion.kind === 'info';

function check(request: HttpRequest) {
  const parameters = parametersOf(request);
  const id = parameters.requiredText('jobId').trim();
  const isForced = parameters.flag('force');
  return call.checkJob({ id }, result => checked(request.origin, result, isForced));
}

function openResult(request: HttpRequest) {
  const { job = '', file } = request.parameters;
  const names = { job, file: file === undefined ? undefined : Number(file) };
  return call.downloadOutput(names, result => downloadedOutput(request, result));
}

const calls: Route[] = [
  { methods: getOrPost, path: '/v1/job/check', function: 'job-check', access: 'print', handle: check },
  ...Object.entries(conversions).map(
    ([path, wantedOf]): Route => ({
      methods: getOrPost,
      path,
      function: 'convert',
      access: 'print',
      handle: request => convert(request, path, wantedOf),
    }),
  ),
  { methods: ['POST'], path: '/v1/file/upload', function: 'upload', access: 'print', handle: upload },
  { methods: ['POST'], path: '/v1/file/upload/base64', function: 'upload', access: 'print', handle: uploadBase64 },
  {
    methods: getOrPost,
    path: '/v1/file/upload/get-presigned-url',
    function: 'upload',
    access: 'print',
    handle: presignedUpload,
  },
  {
    methods: ['GET', 'POST', 'DELETE'],
    path: '/v1/file/delete',
    function: 'upload',
    access: 'print',
    handle: deleteFile,
  },
  {
    methods: getOrPost,
    path: '/v1/account/credit/balance',
    function: 'job-check',
    access: 'print',
    handle: () => call.describeCredits(undefined, balance),
  },
];

const files: Route[] = [
  { methods: ['GET', 'HEAD'], path: resultPath, function: 'upload', access: 'anyone', handle: openResult },
  { methods: ['GET', 'HEAD'], path: resultFilePath, function: 'upload', access: 'anyone', handle: openResult },
  {
    methods: ['GET', 'HEAD'],
    path: uploadPath,
    function: 'upload',
    access: 'anyone',
    handle: request =>
      call.downloadUpload({ upload: request.parameters.upload ?? '' }, found => downloaded(request, found)),
  },
];

function unknownRoute(allow: string[]) {
  if (allow.length > 0) {
    return refusal(405, `This call accepts only ${allow.join(' or ')}.`, { allow: allow.join(', ') });
  }
  const offered = calls.map(({ path }) => path).join(', ');
  return refusal(404, `This call does not exist. Available calls: ${offered}.`);
}

export const pdfco: Contract = {
  owns: path => /^\/v1(\/|$)/i.test(path),
  routes: [...calls, ...files],
  credential,
  takesKeyInBody: true,
  refuse: errorEnvelope,
  unknownRoute,
};
