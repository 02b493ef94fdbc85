import { app } from '#app';
import { describeKey } from '../shared/core/usecases/accounts/describe-key.ts';
import {
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
} from '../shared/core/usecases/relays/manage-printers.ts';
import { httpHandler } from '../shared/handlers/http.ts';

export const handler = httpHandler(app, {
  describeKey,
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
});
