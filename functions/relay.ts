import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { createEnrolmentCode, enrolRelay } from '../shared/usecases/enrol-relay.ts';

export const handler = httpHandler(app, { createEnrolmentCode, enrolRelay });
