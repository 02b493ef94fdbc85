import type { Contract, Route } from '../contract.ts';
import { call } from '../use-cases.ts';
import {
  anyKey,
  enrolRequest,
  jobAddress,
  locationUpdate,
  pageOf,
  printerUpdate,
  resolutionOf,
  submissionOf,
  uploadOf,
} from './requests.ts';
import {
  codeJson,
  enrolJson,
  errorJson,
  jobJson,
  jobsJson,
  locationJson,
  printerJson,
  printersJson,
  sessionJson,
  unknownRoute,
  uploadJson,
} from './responses.ts';

/** Platen's own dialect: JSON both ways, IPP's names for states and attributes. */

const routes: Route[] = [
  {
    methods: ['POST'],
    path: '/platen/v1/jobs',
    function: 'print',
    access: 'print',
    handle: request => {
      const submission = submissionOf(request);
      return 'uploadId' in submission
        ? call.submitUpload(submission, jobs => jobsJson({ jobs }, 201))
        : call.submitDocument(submission, jobs => jobsJson({ jobs }, 201));
    },
  },
  {
    methods: ['GET'],
    path: '/platen/v1/jobs',
    function: 'job-check',
    access: 'print',
    handle: request => call.listJobs(pageOf(request), page => jobsJson(page)),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/jobs/{job}',
    function: 'status',
    access: 'print',
    handle: request => call.getJob(jobAddress(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/jobs/{job}/cancel',
    function: 'print',
    access: 'print',
    handle: request => call.cancelJob(jobAddress(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/jobs/{job}/resolve',
    function: 'print',
    access: 'print',
    handle: request => call.resolveJob(resolutionOf(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/uploads',
    function: 'upload',
    access: 'print',
    handle: request => {
      const upload = uploadOf(request);
      return 'bytes' in upload
        ? call.storeDocument(upload, session => sessionJson(session, 201))
        : call.openDirectUpload(upload, view => uploadJson(view, 201));
    },
  },
  {
    methods: ['GET'],
    path: '/platen/v1/uploads/{upload}',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) => call.getDirectUpload({ id: parameters.upload as string }, view => uploadJson(view)),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/uploads/{upload}/complete',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) =>
      call.completeDirectUpload({ id: parameters.upload as string }, session => sessionJson(session)),
  },
  {
    methods: ['DELETE'],
    path: '/platen/v1/uploads/{upload}',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) =>
      call.abortDirectUpload({ id: parameters.upload as string }, session => sessionJson(session)),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/printers',
    function: 'printers',
    access: 'print',
    handle: () => call.listPrinters(undefined, printersJson),
  },
  {
    methods: ['PATCH'],
    path: '/platen/v1/printers/{printer}',
    function: 'printers',
    access: 'admin',
    handle: request => call.savePrinter(printerUpdate(request), printerJson),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/locations/{location}',
    function: 'printers',
    access: 'print',
    handle: ({ parameters }) => call.getLocation({ locationId: parameters.location as string }, locationJson),
  },
  {
    methods: ['PUT'],
    path: '/platen/v1/locations/{location}',
    function: 'printers',
    access: 'admin',
    handle: request => call.saveLocation(locationUpdate(request), locationJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/locations/{location}/enrolment-codes',
    function: 'relay',
    access: 'admin',
    handle: ({ parameters }) => call.createEnrolmentCode({ locationId: parameters.location as string }, codeJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/relays/enrol',
    function: 'relay',
    access: 'anyone',
    handle: request => call.enrolRelay(enrolRequest(request), enrolJson),
  },
];

export const platen: Contract = { owns: () => true, routes, credential: anyKey, refuse: errorJson, unknownRoute };
