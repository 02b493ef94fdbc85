import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import { describeKey } from '../shared/usecases/describe-key.ts';
import {
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
} from '../shared/usecases/manage-printers.ts';

export const handler = httpHandler(app, {
  describeKey,
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
});
