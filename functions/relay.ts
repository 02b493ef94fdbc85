import { app } from '#app';
import { createEnrolmentCode, enrolRelay } from '../shared/core/usecases/relays/enrol-relay.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, { createEnrolmentCode, enrolRelay });
