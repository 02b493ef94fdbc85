import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute } from './operation.ts';
import { eventQueryOf, streamOpeningOf, streamRequestOf } from './requests.ts';
import { eventsJson, streamPart, ticketJson } from './responses.ts';
import * as schemas from './schemas.ts';

const path = '/platen/v1/events';

export const eventRoutes: DescribedRoute[] = [
  {
    methods: ['GET'],
    path,
    function: 'live',
    access: 'read',
    handle: request => call.readEvents(eventQueryOf(request), eventsJson),
    operation: {
      id: 'listEvents',
      summary: 'Lists events in their order, and can wait for the next one',
      description:
        'Without `after`: the newest events. Events are kept for 30 days: an `after` that is older gets 410. Events of relays and webhooks need the scope `admin`.',
      query: schemas.eventQuery,
      answer: { status: 200, schema: answers.eventPage },
      refusals: [410],
    },
  },
  {
    methods: ['GET'],
    path: `${path}/stream`,
    function: 'live',
    // a key or a ticket: the use case asks for one of them
    access: 'anyone',
    handle: request => {
      const asked = streamRequestOf(request);
      return call.followEvents(asked, part => streamPart(part, asked.isNamed));
    },
    operation: {
      id: 'streamEvents',
      summary: 'Streams events as server-sent events',
      description:
        'In AWS an answer ends as soon as it has sent something, or after 20 seconds; `EventSource` connects again by itself and goes on from the last event. Needs a key, or the ticket of an address from `openEventStream`.',
      query: schemas.streamQuery,
      answer: { status: 200, type: 'text/event-stream' },
      refusals: [401, 403],
    },
  },
  {
    methods: ['POST'],
    path: `${path}/streams`,
    function: 'live',
    access: 'read',
    handle: request => call.openEventStream(streamOpeningOf(request), opened => ticketJson(opened, request.origin)),
    operation: {
      id: 'openEventStream',
      summary: 'Makes the address of a stream for `EventSource`, which cannot send a key',
      body: schemas.streamOpening,
      isBodyOptional: true,
      answer: { status: 201, schema: answers.eventStream },
    },
  },
];
