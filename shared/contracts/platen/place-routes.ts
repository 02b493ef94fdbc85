import { call } from '../use-cases.ts';
import * as answers from './answers.ts';
import type { DescribedRoute } from './operation.ts';
import { readPage } from './pages.ts';
import {
  enrolRequest,
  invitationOf,
  listPageOf,
  locationAddress,
  locationUpdate,
  printerAddress,
  printerUpdate,
  renewRequest,
  testPageOf,
} from './requests.ts';
import {
  codeJson,
  createdJson,
  enrolJson,
  identifiedJson,
  locationJson,
  locationsJson,
  nothingJson,
  printerJson,
  printersJson,
  relaysJson,
} from './responses.ts';
import * as schemas from './schemas.ts';

const [printers, locations, relays] = ['/platen/v1/printers', '/platen/v1/locations', '/platen/v1/relays'];

/** Locations, their printers, and the relays that serve them. */
export const placeRoutes: DescribedRoute[] = [
  {
    methods: ['GET'],
    path: printers,
    function: 'printers',
    access: 'read',
    handle: request => {
      const page = listPageOf(request);
      return call.listPrinters(readPage(page), printers => printersJson(printers, page));
    },
    operation: {
      id: 'listPrinters',
      summary: 'Lists printers, by name',
      query: schemas.pageQuery,
      answer: { status: 200, schema: answers.printers },
    },
  },
  {
    methods: ['GET'],
    path: `${printers}/{printer}`,
    function: 'printers',
    access: 'read',
    handle: request => call.getPrinter(printerAddress(request), printerJson),
    operation: { id: 'getPrinter', summary: 'Shows a printer', answer: { status: 200, schema: answers.printer } },
  },
  {
    methods: ['PATCH'],
    path: `${printers}/{printer}`,
    function: 'printers',
    access: 'admin',
    handle: request => call.savePrinter(printerUpdate(request), printerJson),
    operation: {
      id: 'updatePrinter',
      summary: 'Changes a printer, or makes it before its relay registers it',
      body: schemas.printerChanges,
      answer: { status: 200, schema: answers.printer },
    },
  },
  {
    methods: ['DELETE'],
    path: `${printers}/{printer}`,
    function: 'printers',
    access: 'admin',
    handle: request => call.deletePrinter(printerAddress(request), nothingJson),
    operation: {
      id: 'deletePrinter',
      summary: 'Deletes a printer',
      description: 'A relay that still has the device registers it again, inactive.',
      answer: { status: 200, schema: answers.nothing },
    },
  },
  {
    methods: ['POST'],
    path: `${printers}/{printer}/test-page`,
    function: 'print',
    access: 'print',
    handle: request => call.printTestPage(testPageOf(request), job => createdJson([job])),
    operation: {
      id: 'printTestPage',
      summary: 'Prints a page that names the printer, its location, the company and the time',
      description: 'A job like any other. The page is a PDF, ZPL or plain text, as the printer takes it.',
      body: schemas.testPage,
      isBodyOptional: true,
      isIdempotent: true,
      answer: { status: 201, schema: answers.jobs },
      refusals: [501],
    },
  },
  {
    methods: ['POST'],
    path: `${printers}/{printer}/identify`,
    function: 'print',
    access: 'print',
    handle: request => call.identifyPrinter(printerAddress(request), identifiedJson),
    operation: {
      id: 'identifyPrinter',
      summary: 'Has a printer show which one it is, by light or sound',
      description:
        "For printers that offer IPP's operation Identify-Printer; any other is refused with 409. The answer says that the relay was asked.",
      answer: { status: 202, schema: answers.identified },
    },
  },
  {
    methods: ['GET'],
    path: locations,
    function: 'printers',
    access: 'read',
    handle: request => {
      const page = listPageOf(request);
      return call.listLocations(readPage(page), locations => locationsJson(locations, page));
    },
    operation: {
      id: 'listLocations',
      summary: 'Lists locations, by name',
      query: schemas.pageQuery,
      answer: { status: 200, schema: answers.locations },
    },
  },
  {
    methods: ['GET'],
    path: `${locations}/{location}`,
    function: 'printers',
    access: 'read',
    handle: request => {
      const page = listPageOf(request);
      return call.getLocation({ ...locationAddress(request), page: readPage(page) }, view => locationJson(view, page));
    },
    operation: {
      id: 'getLocation',
      summary: 'Shows a location with its printers, by name',
      query: schemas.pageQuery,
      answer: { status: 200, schema: answers.location },
    },
  },
  {
    methods: ['PUT'],
    path: `${locations}/{location}`,
    function: 'printers',
    access: 'admin',
    handle: request =>
      call.saveLocation(locationUpdate(request), view => locationJson(view, schemas.pageQuery.parse({}))),
    operation: {
      id: 'saveLocation',
      summary: 'Makes a location, or changes it',
      body: schemas.locationChanges,
      isBodyOptional: true,
      answer: { status: 200, schema: answers.location },
    },
  },
  {
    methods: ['DELETE'],
    path: `${locations}/{location}`,
    function: 'relay',
    access: 'admin',
    handle: request => call.deleteLocation(locationAddress(request), nothingJson),
    operation: {
      id: 'deleteLocation',
      summary: 'Deletes a location with its printers, and revokes its relays',
      answer: { status: 200, schema: answers.nothing },
    },
  },
  {
    methods: ['POST'],
    path: `${locations}/{location}/enrolment-codes`,
    function: 'relay',
    access: 'admin',
    handle: request => call.createEnrolmentCode(invitationOf(request), codeJson),
    operation: {
      id: 'createEnrolmentCode',
      summary: 'Makes a code with which a relay enrols, once, within a day',
      description:
        'A location has one relay, or two: one is active, the other is the standby and takes over when the first is offline.',
      body: schemas.invitation,
      isBodyOptional: true,
      answer: { status: 201, schema: answers.enrolmentCode },
    },
  },
  {
    methods: ['GET'],
    path: relays,
    function: 'relay',
    access: 'read',
    handle: () => call.listRelays(undefined, relaysJson),
    operation: { id: 'listRelays', summary: 'Lists relays', answer: { status: 200, schema: answers.relays } },
  },
  {
    methods: ['DELETE'],
    path: `${relays}/{relay}`,
    function: 'relay',
    access: 'admin',
    handle: ({ parameters }) => call.revokeRelay(parameters.relay as string, nothingJson),
    operation: {
      id: 'revokeRelay',
      summary: 'Disconnects a relay for good',
      description: 'The standby of its location, if there is one, becomes active.',
      answer: { status: 200, schema: answers.nothing },
    },
  },
  {
    methods: ['POST'],
    path: `${relays}/enrol`,
    function: 'relay',
    access: 'anyone',
    handle: request => call.enrolRelay(enrolRequest(request), enrolJson),
    operation: {
      id: 'enrolRelay',
      summary: 'Gives a relay its identity for a code',
      body: schemas.enrolment,
      answer: { status: 201, schema: answers.identity },
    },
  },
  {
    methods: ['POST'],
    path: `${relays}/renew`,
    function: 'relay',
    access: 'anyone',
    handle: request => call.renewRelay(renewRequest(request), enrolJson),
    operation: {
      id: 'renewRelay',
      summary: 'Gives a relay a new certificate before its own ends',
      body: schemas.renewal,
      answer: { status: 201, schema: answers.identity },
    },
  },
];
