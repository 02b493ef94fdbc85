import { type Contract, invoke, type Route } from '../contract.ts';
import {
  anyKey,
  enrolRequest,
  jobAddress,
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
        ? invoke('submitUpload', submission, jobs => jobsJson({ jobs }, 201))
        : invoke('submitDocument', submission, jobs => jobsJson({ jobs }, 201));
    },
  },
  {
    methods: ['GET'],
    path: '/platen/v1/jobs',
    function: 'job-check',
    access: 'print',
    handle: request => invoke('listJobs', pageOf(request), page => jobsJson(page)),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/jobs/{job}',
    function: 'status',
    access: 'print',
    handle: request => invoke('getJob', jobAddress(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/jobs/{job}/cancel',
    function: 'print',
    access: 'print',
    handle: request => invoke('cancelJob', jobAddress(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/jobs/{job}/resolve',
    function: 'print',
    access: 'print',
    handle: request => invoke('resolveJob', resolutionOf(request), jobJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/uploads',
    function: 'upload',
    access: 'print',
    handle: request => {
      const upload = uploadOf(request);
      return 'bytes' in upload
        ? invoke('storeDocument', upload, session => sessionJson(session, 201))
        : invoke('openDirectUpload', upload, view => uploadJson(view, 201));
    },
  },
  {
    methods: ['GET'],
    path: '/platen/v1/uploads/{upload}',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) =>
      invoke('getDirectUpload', { id: parameters.upload as string }, view => uploadJson(view)),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/uploads/{upload}/complete',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) =>
      invoke('completeDirectUpload', { id: parameters.upload as string }, session => sessionJson(session)),
  },
  {
    methods: ['DELETE'],
    path: '/platen/v1/uploads/{upload}',
    function: 'upload',
    access: 'print',
    handle: ({ parameters }) =>
      invoke('abortDirectUpload', { id: parameters.upload as string }, session => sessionJson(session)),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/printers',
    function: 'printers',
    access: 'print',
    handle: () => invoke('listPrinters', undefined, printersJson),
  },
  {
    methods: ['PATCH'],
    path: '/platen/v1/printers/{printer}',
    function: 'printers',
    access: 'admin',
    handle: request => invoke('savePrinter', printerUpdate(request), printerJson),
  },
  {
    methods: ['GET'],
    path: '/platen/v1/locations/{location}',
    function: 'printers',
    access: 'print',
    handle: ({ parameters }) => invoke('getLocation', { locationId: parameters.location as string }, locationJson),
  },
  {
    methods: ['PUT'],
    path: '/platen/v1/locations/{location}',
    function: 'printers',
    access: 'admin',
    handle: ({ parameters }) =>
      invoke('saveLocation', { address: { locationId: parameters.location as string }, changes: {} }, locationJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/locations/{location}/enrolment-codes',
    function: 'relay',
    access: 'admin',
    handle: ({ parameters }) => invoke('createEnrolmentCode', { locationId: parameters.location as string }, codeJson),
  },
  {
    methods: ['POST'],
    path: '/platen/v1/relays/enrol',
    function: 'relay',
    access: 'anyone',
    handle: request => invoke('enrolRelay', enrolRequest(request), enrolJson),
  },
];

export const platen: Contract = { owns: () => true, routes, credential: anyKey, refuse: errorJson, unknownRoute };
