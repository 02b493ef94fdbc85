import { app } from '#app';
import { describeKey } from '../shared/core/usecases/accounts/describe-key.ts';
import { createKey, listKeys, revokeKey } from '../shared/core/usecases/accounts/manage-keys.ts';
import {
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
} from '../shared/core/usecases/relays/manage-printers.ts';
import { deletePrinter, listLocations } from '../shared/core/usecases/relays/remove-places.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, {
  createKey,
  deletePrinter,
  describeKey,
  getLocation,
  getPrinter,
  listKeys,
  listLocations,
  listPrinters,
  revokeKey,
  saveLocation,
  savePrinter,
});
