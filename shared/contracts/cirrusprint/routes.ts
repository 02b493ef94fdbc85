import type { Contract, HttpRequest, Route } from '../contract.ts';
import { sentDocument } from '../sent-document.ts';
import { call } from '../use-cases.ts';
import {
  bearerKey,
  compressionOf,
  deviceChanges,
  devicePath,
  jobPath,
  jobRequest,
  locationChanges,
  locationPath,
  offsetOf,
  Parameters,
} from './requests.ts';
import {
  deviceJson,
  errorText,
  jobIdLines,
  jobJson,
  locationJson,
  text,
  unknownRoute,
  versionLines,
} from './responses.ts';

/*
 * CirrusPrint 3.0's HTTP API [cirrusprint.com/docs/cp30/api-job-submission.htm, api-output-devices.htm,
 * api-locations-users.htm]. Most calls accept GET and POST; octets need PUT.
 */

const getOrPost = ['GET', 'POST'];

function putfile(request: HttpRequest) {
  const parameters = new Parameters(request);
  // without targets this is the first call of the two-step form
  if (parameters.get('targets') === undefined) {
    return call.storeDocument({ bytes: sentDocument(request).bytes }, session => text(session.id));
  }
  const submission = {
    ...jobRequest(request, parameters),
    bytes: sentDocument(request).bytes,
    compression: compressionOf(parameters),
  };
  return call.submitDocument(submission, jobIdLines);
}

function submitfile(request: HttpRequest) {
  const parameters = new Parameters(request);
  const submission = {
    ...jobRequest(request, parameters),
    uploadId: parameters.required('file'),
    compression: compressionOf(parameters),
  };
  return call.submitUpload(submission, jobIdLines);
}

function putsegment(request: HttpRequest) {
  const parameters = new Parameters(request);
  const segment = {
    uploadId: parameters.required('file'),
    offset: offsetOf(parameters.required('index')),
    bytes: sentDocument(request).bytes,
  };
  return call.putSegment(segment, octets => text(String(octets)));
}

const routes: Route[] = [
  {
    methods: getOrPost,
    path: '/api/version',
    function: 'printers',
    access: 'anyone',
    handle: () => text(versionLines),
  },
  { methods: ['PUT'], path: '/api/putfile', function: 'print', access: 'print', handle: putfile },
  { methods: getOrPost, path: '/api/submitfile', function: 'print', access: 'print', handle: submitfile },
  {
    methods: getOrPost,
    path: '/api/tempfile',
    function: 'upload',
    access: 'print',
    handle: () => call.openUpload(undefined, session => text(session.id)),
  },
  { methods: ['PUT'], path: '/api/putsegment', function: 'upload', access: 'print', handle: putsegment },
  {
    methods: getOrPost,
    path: '/api/get/job/{company}/{location}/{device}/{job}',
    function: 'status',
    access: 'print',
    handle: request => call.viewJob(jobPath(request), jobJson),
  },
  {
    methods: getOrPost,
    path: '/api/delete/job/{company}/{location}/{device}/{job}',
    function: 'print',
    access: 'print',
    handle: request => call.cancelJob(jobPath(request), job => jobJson({ job })),
  },
  {
    methods: getOrPost,
    path: '/api/get/device/{company}/{location}/{device}',
    function: 'printers',
    access: 'print',
    handle: request => call.getPrinter(devicePath(request), deviceJson),
  },
  {
    methods: getOrPost,
    path: '/api/put/device/{company}/{location}/{device}',
    function: 'printers',
    access: 'admin',
    handle: request => call.savePrinter({ address: devicePath(request), changes: deviceChanges(request) }, deviceJson),
  },
  {
    methods: getOrPost,
    path: '/api/get/location/{company}/{location}',
    function: 'printers',
    access: 'print',
    handle: request => call.getLocation(locationPath(request), locationJson),
  },
  {
    methods: getOrPost,
    path: '/api/put/location/{company}/{location}',
    function: 'printers',
    access: 'admin',
    handle: request =>
      call.saveLocation({ address: locationPath(request), changes: locationChanges(request) }, locationJson),
  },
];

export const cirrusprint: Contract = {
  owns: path => /^\/api(\/|$)/i.test(path) && !/^\/api(\/?$|\/v1(\/|$))/i.test(path),
  routes,
  credential: bearerKey,
  refuse: errorText,
  unknownRoute,
};
