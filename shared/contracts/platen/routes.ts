import type { Contract } from '../contract.ts';
import { docsPage } from './docs-page.ts';
import { eventRoutes } from './event-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { openApiOf } from './openapi.ts';
import type { DescribedRoute } from './operation.ts';
import { placeRoutes } from './place-routes.ts';
import { errorJson, unknownRoute } from './problem.ts';
import { rateHeaders } from './rate-headers.ts';
import { anyKey } from './requests.ts';
import { html, json } from './responses.ts';
import { uploadRoutes } from './upload-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

/** Platen's own dialect: JSON in both directions, with IPP's names of states and attributes. `/docs` describes each route. */

const calls = [...jobRoutes, ...uploadRoutes, ...placeRoutes, ...keyRoutes, ...eventRoutes, ...webhookRoutes];

const descriptions: DescribedRoute[] = [
  {
    methods: ['GET'],
    path: '/openapi.json',
    function: 'printers',
    access: 'anyone',
    handle: () => json(openApiOf(described)),
    operation: {
      id: 'getOpenApi',
      summary: 'This description of the API, OpenAPI 3.1',
      answer: { status: 200, type: 'application/json' },
    },
  },
  {
    methods: ['GET'],
    path: '/docs',
    function: 'printers',
    access: 'anyone',
    handle: () => html(docsPage(openApiOf(described))),
    operation: { id: 'getDocs', summary: 'The API reference, for people', answer: { status: 200, type: 'text/html' } },
  },
];

export const described: DescribedRoute[] = [...calls, ...descriptions];

export const platen: Contract = {
  owns: () => true,
  routes: described,
  credential: anyKey,
  refuse: errorJson,
  rateHeaders,
  unknownRoute,
};
