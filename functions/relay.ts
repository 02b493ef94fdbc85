import { app } from '#app';
import { createEnrolmentCode, enrolRelay } from '../shared/core/usecases/relays/enrol-relay.ts';
import { deleteLocation, listRelays, revokeRelay } from '../shared/core/usecases/relays/remove-places.ts';
import { renewRelay } from '../shared/core/usecases/relays/renew-relay.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, {
  createEnrolmentCode,
  deleteLocation,
  enrolRelay,
  listRelays,
  renewRelay,
  revokeRelay,
});
