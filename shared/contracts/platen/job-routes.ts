import { downloaded } from '../downloads.ts';
import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute } from './operation.ts';
import {
  bulkCancel,
  bulkResolve,
  copyOf,
  jobAddress,
  moveOf,
  pageOf,
  previewOf,
  resolutionOf,
  submissionOf,
} from './requests.ts';
import {
  bulkJson,
  createdJson,
  jobJson,
  jobsJson,
  png,
  sharedJobJson,
  shareLinkJson,
  submissionCheckJson,
  traceJson,
} from './responses.ts';
import * as schemas from './schemas.ts';

const path = '/platen/v1/jobs';

export const jobRoutes: DescribedRoute[] = [
  {
    methods: ['POST'],
    path,
    function: 'print',
    access: 'print',
    handle: request => {
      const submission = submissionOf(request);
      if ('document' in submission) return call.checkSubmission(submission, submissionCheckJson);
      if ('conversion' in submission) return call.submitConversion(submission, createdJson);
      return 'uploadId' in submission
        ? call.submitUpload(submission, createdJson)
        : call.submitDocument(submission, createdJson);
    },
    operation: {
      id: 'createJobs',
      summary: 'Prints a document on one or more printers: one job each, in their order',
      description:
        'With `output` instead of printers, one job makes a file to download. With `dryRun` nothing is stored, and the answer has status 200.',
      body: schemas.jobSubmission,
      isIdempotent: true,
      answer: { status: 201, schema: answers.jobs },
      alternative: { status: 200, schema: answers.submissionCheck },
      makes: { parameter: 'job', pointer: '/jobs/0/id' },
    },
  },
  {
    methods: ['GET'],
    path,
    function: 'job-check',
    access: 'read',
    handle: request => call.listJobs(pageOf(request), jobsJson),
    operation: {
      id: 'listJobs',
      summary: 'Lists jobs, newest first',
      query: schemas.jobQuery,
      answer: { status: 200, schema: answers.jobPage },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/cancel`,
    function: 'print',
    access: 'print',
    handle: request => call.cancelJobs(bulkCancel(request), bulkJson),
    operation: {
      id: 'cancelJobs',
      summary: 'Cancels up to 100 jobs, and says for each what came of it',
      body: schemas.bulk,
      answer: { status: 200, schema: answers.bulkResult },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/resolve`,
    function: 'print',
    access: 'print',
    handle: request => call.resolveJobs(bulkResolve(request), bulkJson),
    operation: {
      id: 'resolveJobs',
      summary: 'Decides about up to 100 jobs that may have printed, and says for each what came of it',
      body: schemas.bulkResolution,
      answer: { status: 200, schema: answers.bulkResult },
    },
  },
  {
    methods: ['GET'],
    path: `${path}/{job}`,
    function: 'status',
    access: 'read',
    handle: request => call.viewJob(jobAddress(request), jobJson),
    operation: { id: 'getJob', summary: 'Shows a job', answer: { status: 200, schema: answers.job } },
  },
  {
    methods: ['GET'],
    path: `${path}/{job}/pages/{page}`,
    function: 'preview',
    access: 'preview',
    handle: request => call.previewPage(previewOf(request), png),
    operation: {
      id: 'getPage',
      summary: 'Shows a page of the document, from 1 to 20, as a picture',
      description: 'For PDF and images, while the document is stored. Needs the scope `preview` or `admin`.',
      query: schemas.previewQuery,
      answer: { status: 200, type: 'image/png' },
      // not ready yet, and not offered for this format
      refusals: [409, 501],
    },
  },
  {
    methods: ['GET'],
    path: `${path}/{job}/trace`,
    function: 'status',
    access: 'read',
    handle: request => call.traceJob(jobAddress(request), traceJson),
    operation: {
      id: 'traceJob',
      summary: 'Shows the stages of a job with their times',
      answer: { status: 200, schema: answers.trace },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/share`,
    function: 'live',
    access: 'print',
    handle: request => call.shareJob(jobAddress(request), shareLinkJson),
    operation: {
      id: 'shareJob',
      summary: 'Makes a link that shows this job to people without a key, for 7 days',
      description:
        'The token is for `getSharedJob`, and for the console: `/console/shared#` and the token. It ends before with its job, and not with the key.',
      answer: { status: 201, schema: answers.shareLink },
      makes: { parameter: 'token', pointer: '/token' },
    },
  },
  {
    methods: ['GET'],
    path: '/platen/v1/shared/{token}',
    function: 'live',
    access: 'anyone',
    handle: ({ parameters }) => call.viewSharedJob({ token: parameters.token as string }, sharedJobJson),
    operation: {
      id: 'getSharedJob',
      summary: 'Shows the job of a link: where it is and why, without its id, its document and its people',
      answer: { status: 200, schema: answers.sharedJob },
    },
  },
  {
    methods: ['GET'],
    path: `${path}/{job}/document`,
    function: 'upload',
    access: 'print',
    handle: request => call.getJobDocument(jobAddress(request), found => downloaded(request, found)),
    operation: {
      id: 'getJobDocument',
      summary: 'Downloads the document of a job, as it is printed',
      description:
        'The document of a print job needs the scope `preview` or `admin`. A large document is answered by a redirection to a temporary address. Ranges are answered with 206.',
      answer: { status: 200, type: '*/*' },
      alternative: { status: 302 },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/release`,
    function: 'print',
    access: 'print',
    handle: request => call.releaseJob(jobAddress(request), job => jobJson({ job })),
    operation: {
      id: 'releaseJob',
      summary: 'Prints a held job now',
      answer: { status: 200, schema: answers.job },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/cancel`,
    function: 'print',
    access: 'print',
    handle: request => call.cancelJob(jobAddress(request), job => jobJson({ job })),
    operation: {
      id: 'cancelJob',
      summary: 'Cancels a job, at once or as soon as its printer confirms it',
      answer: { status: 200, schema: answers.job },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/resolve`,
    function: 'print',
    access: 'print',
    handle: request => call.resolveJob(resolutionOf(request), job => jobJson({ job })),
    operation: {
      id: 'resolveJob',
      summary: 'Decides about a job that may have printed: it printed, or it is printed again',
      body: schemas.resolution,
      answer: { status: 200, schema: answers.job },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/copies`,
    function: 'print',
    access: 'print',
    handle: request => call.copyJob(copyOf(request), createdJson),
    operation: {
      id: 'copyJob',
      summary: 'Prints a job again, also on other printers',
      description:
        'The document of a job is stored until a day after the end of the last job that prints it, or as long as the operator chooses.',
      body: schemas.copy,
      isBodyOptional: true,
      isIdempotent: true,
      answer: { status: 201, schema: answers.jobs },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{job}/move`,
    function: 'print',
    access: 'print',
    handle: request => call.moveJob(moveOf(request), job => jobJson({ job })),
    operation: {
      id: 'moveJob',
      summary: 'Moves a job that still waits to another printer, as a new job',
      body: schemas.move,
      answer: { status: 200, schema: answers.job },
    },
  },
];
