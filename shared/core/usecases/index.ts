/** Every use case that a client's request can invoke, by the name that contracts use. */

export { createKey, listKeys, revokeKey } from './accounts/manage-keys.ts';
export * from './default-route.ts';
export { previewPage } from './documents/preview-page.ts';
export { createEnrolmentCode, enrolRelay } from './relays/enrol-relay.ts';
export { deleteLocation, listRelays, revokeRelay } from './relays/remove-places.ts';
export { renewRelay } from './relays/renew-relay.ts';
