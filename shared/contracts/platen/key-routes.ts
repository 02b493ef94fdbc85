import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute } from './operation.ts';
import { newKey } from './requests.ts';
import { keysJson, newKeyJson, nothingJson } from './responses.ts';
import * as schemas from './schemas.ts';

const path = '/platen/v1/keys';

export const keyRoutes: DescribedRoute[] = [
  {
    methods: ['GET'],
    path,
    function: 'printers',
    access: 'admin',
    handle: () => call.listKeys(undefined, keysJson),
    operation: {
      id: 'listKeys',
      summary: 'Lists keys, without their secrets',
      answer: { status: 200, schema: answers.keys },
    },
  },
  {
    methods: ['POST'],
    path,
    function: 'printers',
    access: 'admin',
    handle: request => call.createKey(newKey(request), newKeyJson),
    operation: {
      id: 'createKey',
      summary: 'Makes a key; its secret is in this answer only',
      body: schemas.newKey,
      answer: { status: 201, schema: answers.newKey },
    },
  },
  {
    methods: ['DELETE'],
    path: `${path}/{key}`,
    function: 'printers',
    access: 'admin',
    handle: ({ parameters }) => call.revokeKey(parameters.key as string, nothingJson),
    operation: {
      id: 'revokeKey',
      summary: 'Refuses a key from now on; in AWS within half a minute',
      answer: { status: 200, schema: answers.nothing },
    },
  },
];
