import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute, Operation } from './operation.ts';
import { nothingJson } from './responses.ts';
import {
  deliveryQueryOf,
  enablingOf,
  newWebhookOf,
  replayAddress,
  replayOf,
  rotationOf,
  webhookAddress,
  webhookUpdate,
} from './webhook-requests.ts';
import {
  deliveriesJson,
  newReplayJson,
  replayCountJson,
  replayJson,
  shownWebhookJson,
  testJson,
  webhookJson,
  webhooksJson,
} from './webhook-responses.ts';
import * as schemas from './webhook-schemas.ts';

const path = '/platen/v1/webhooks';
const one = `${path}/{webhook}`;

const row = (method: string, path: string, handle: DescribedRoute['handle'], operation: Operation): DescribedRoute => ({
  methods: [method],
  path,
  function: 'webhooks',
  access: 'admin',
  handle,
  operation,
});

export const webhookRoutes: DescribedRoute[] = [
  row('GET', path, () => call.listWebhooks(undefined, webhooksJson), {
    id: 'listWebhooks',
    summary: 'Lists webhooks',
    answer: { status: 200, schema: answers.webhooks },
  }),
  row('POST', path, request => call.createWebhook(newWebhookOf(request), made => shownWebhookJson(made, 201)), {
    id: 'createWebhook',
    summary: 'Makes a webhook for events from now on; its secret is in this answer only',
    description: 'Requests are signed by Standard Webhooks 1.0.0. A company may have 20 webhooks.',
    body: schemas.newWebhook,
    answer: { status: 201, schema: answers.newWebhook },
  }),
  row('GET', one, request => call.getWebhook(webhookAddress(request), webhookJson), {
    id: 'getWebhook',
    summary: 'Shows a webhook, and how its receiver does',
    answer: { status: 200, schema: answers.webhook },
  }),
  row('PATCH', one, request => call.updateWebhook(webhookUpdate(request), webhookJson), {
    id: 'updateWebhook',
    summary: 'Changes or pauses a webhook',
    body: schemas.webhookChanges,
    answer: { status: 200, schema: answers.webhook },
  }),
  row('DELETE', one, request => call.deleteWebhook(webhookAddress(request), nothingJson), {
    id: 'deleteWebhook',
    summary: 'Deletes a webhook and what it has still to receive',
    answer: { status: 200, schema: answers.nothing },
  }),
  row('POST', `${one}/rotate`, request => call.rotateWebhook(rotationOf(request), made => shownWebhookJson(made)), {
    id: 'rotateWebhook',
    summary: 'Replaces the secret; the old one signs beside it for a while',
    body: schemas.rotation,
    isBodyOptional: true,
    answer: { status: 200, schema: answers.newWebhook },
  }),
  row('POST', `${one}/test`, request => call.testWebhook(webhookAddress(request), testJson), {
    id: 'testWebhook',
    summary: 'Sends the event `webhook.test` at once, and shows the answer of the receiver',
    answer: { status: 200, schema: answers.webhookTest },
  }),
  row('POST', `${one}/enable`, request => call.enableWebhook(enablingOf(request), webhookJson), {
    id: 'enableWebhook',
    summary: 'Makes a disabled webhook active again',
    body: schemas.enabling,
    isBodyOptional: true,
    answer: { status: 200, schema: answers.webhook },
  }),
  row('GET', `${one}/deliveries`, request => call.listDeliveries(deliveryQueryOf(request), deliveriesJson), {
    id: 'listDeliveries',
    summary: 'Lists the tries of the last 7 days, newest first',
    query: schemas.deliveryQuery,
    answer: { status: 200, schema: answers.deliveryPage },
  }),
  row(
    'POST',
    `${one}/replays`,
    request => {
      const { isCounted, ...asked } = replayOf(request);
      return isCounted ? call.describeReplay(asked, replayCountJson) : call.replayEvents(asked, newReplayJson);
    },
    {
      id: 'replayEvents',
      summary: 'Sends events again, with their ids and bodies',
      description: 'With `dryRun` nothing is sent, and the answer has status 200.',
      body: schemas.replay,
      answer: { status: 202, schema: answers.newReplay },
      alternative: { status: 200, schema: answers.replayCount },
    },
  ),
  row('GET', `${one}/replays/{replay}`, request => call.getReplay(replayAddress(request), replayJson), {
    id: 'getReplay',
    summary: 'Shows how far a replay is',
    answer: { status: 200, schema: answers.replay },
  }),
  row('DELETE', `${one}/replays/{replay}`, request => call.stopReplay(replayAddress(request), replayJson), {
    id: 'stopReplay',
    summary: 'Stops a replay: what was not sent is not sent',
    answer: { status: 200, schema: answers.replay },
  }),
];
