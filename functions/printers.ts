import { app } from '#app';
import { httpHandler } from '../shared/http/handler.ts';
import {
  getLocation,
  getPrinter,
  listPrinters,
  saveLocation,
  savePrinter,
} from '../shared/usecases/manage-printers.ts';

export const handler = httpHandler(app, { getLocation, getPrinter, listPrinters, saveLocation, savePrinter });
