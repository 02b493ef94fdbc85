import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute } from './operation.ts';
import { uploadAddress, uploadOf } from './requests.ts';
import { sessionJson, uploadJson } from './responses.ts';
import * as schemas from './schemas.ts';

const path = '/platen/v1/uploads';

export const uploadRoutes: DescribedRoute[] = [
  {
    methods: ['POST'],
    path,
    function: 'upload',
    access: 'print',
    handle: request => {
      const upload = uploadOf(request);
      return 'bytes' in upload
        ? call.storeDocument(upload, session => sessionJson(session, 201))
        : call.openDirectUpload(upload, view => uploadJson(view, 201));
    },
    operation: {
      id: 'createUpload',
      summary: 'Opens an upload of any size, or stores a small document',
      description:
        'JSON opens an upload by parts. Any other body is the document itself, up to about 4.4 MB, with its `name` in the query.',
      query: schemas.uploadQuery,
      body: schemas.uploadOpening,
      takesOctets: true,
      answer: { status: 201, schema: answers.createdUpload },
      makes: { parameter: 'upload', pointer: '/id' },
    },
  },
  {
    methods: ['GET'],
    path: `${path}/{upload}`,
    function: 'upload',
    access: 'print',
    handle: request => call.getDirectUpload(uploadAddress(request), view => uploadJson(view)),
    operation: {
      id: 'getUpload',
      summary: 'Shows which parts are there, and where the missing ones go',
      answer: { status: 200, schema: answers.partUpload },
    },
  },
  {
    methods: ['POST'],
    path: `${path}/{upload}/complete`,
    function: 'upload',
    access: 'print',
    handle: request => call.completeDirectUpload(uploadAddress(request), session => sessionJson(session)),
    operation: {
      id: 'completeUpload',
      summary: 'Makes the parts into a document that can be printed for a day',
      answer: { status: 200, schema: answers.upload },
    },
  },
  {
    methods: ['DELETE'],
    path: `${path}/{upload}`,
    function: 'upload',
    access: 'print',
    handle: request => call.abortDirectUpload(uploadAddress(request), session => sessionJson(session)),
    operation: {
      id: 'abortUpload',
      summary: 'Ends an upload and deletes its parts',
      answer: { status: 200, schema: answers.upload },
    },
  },
];
