import { PrintError } from '../../core/domain/errors.ts';
import type { Contract, HttpRequest, HttpResponse, Route } from '../contract.ts';
import { call, type Invocation } from '../use-cases.ts';
import { unitsOf, units as unitValues } from './enums.ts';
import { baseName } from './file-names.ts';
import { jobStatus } from './job-status.ts';
import { licenceOptions, namedLicence, ownLicence } from './licences.ts';
import { pdfSubmission } from './pdf-request.ts';
import { printerInPath } from './printer-names.ts';
import { htmlSubmission, licenceGuid, licenceOf, rawSubmission } from './requests.ts';
import {
  description,
  deviceSettings,
  download,
  errorText,
  htmlDefaults,
  htmlSettings,
  queued,
  sent,
  softError,
  unknownRoute,
} from './responses.ts';

/*
 * MeadCo's ScriptX.Services web API, as its own client uses it [npm scriptxprint-html 1.16.4; support.meadroid.com,
 * ScriptX.Services reference]. Printer names may contain slashes, so they match the rest of a path, including units.
 */

type Handle = Route['handle'];

/** An invalid print request is answered as a refused print, not as an HTTP error, so that the client shows the message. */
function softly(handle: Handle): Handle {
  return request => {
    try {
      return handle(request);
    } catch (error) {
      const refusal = error instanceof PrintError && softError(error);
      if (refusal) return refusal;
      throw error;
    }
  };
}

const printHtml = softly(request => call.submitConversion(htmlSubmission(request), queued, softError));
const printPdf = softly(request => call.submitConversion(pdfSubmission(request), queued, softError));
const printDirect = softly(request => call.submitRaw(rawSubmission(request), sent, softError));

function status({ parameters }: HttpRequest): Invocation {
  const { job = '' } = parameters;
  return call.viewJob({ id: job }, jobStatus(job));
}

function cancel({ parameters }: HttpRequest): Invocation {
  const { job = '' } = parameters;
  return call.cancelJob({ id: job }, cancelled => jobStatus(job)({ job: cancelled }));
}

function collect({ parameters }: HttpRequest): Invocation {
  const { job = '', fileName = '' } = parameters;
  return call.collectOutput({ token: job, fileName: baseName(fileName) || undefined }, download);
}

const unitsNamed = (text: string) =>
  unitsOf(Object.entries(unitValues).find(([name, value]) => [name, String(value)].includes(text.toLowerCase()))?.[1]);

const lastIsUnits = /^(.+)\/(\d|default|inches|mm)$/is;

function describeDevice({ parameters }: HttpRequest): Invocation {
  const { printer = '' } = parameters;
  const [, name = printer, units = ''] = lastIsUnits.exec(printer) ?? [];
  return call.listPrinters(undefined, deviceSettings(printerInPath(name), unitsNamed(units)));
}

const inQuery = ({ query }: HttpRequest, name: string) =>
  [...query].find(([given]) => given.toLowerCase() === name)?.[1];

function describeDefaults(request: HttpRequest): Invocation {
  const units = request.parameters.units ?? inQuery(request, 'units') ?? '';
  return call.listPrinters(undefined, htmlDefaults(unitsNamed(units)));
}

const ping: Handle = request => call.describeKey({ key: inQuery(request, 'licenseguid') }, licenceOptions);

const showLicence: Handle = request => call.describeKey({ key: licenceOf(request) }, ownLicence(request));

function installLicence(request: HttpRequest): Invocation | HttpResponse {
  const guid = licenceGuid(request);
  return call.describeKey({ key: guid }, namedLicence(guid, request));
}

const get = (path: string, handle: Handle): Route => ({
  methods: ['GET'],
  path: `/api${path}`,
  function: 'printers',
  access: 'print',
  handle,
});

/** Jobs of pages and of PDFs have the same calls, and each path finds the jobs of the other. */
function lifeOfJobs(path: string, print: Handle): Route[] {
  return [
    { ...get(`${path}/print`, print), methods: ['POST'], function: 'print' },
    { ...get(`${path}/status/{job}`, status), function: 'status' },
    { ...get(`${path}/canceljob/{job}`, cancel), methods: ['PUT'], function: 'print' },
    // browsers navigate here without credentials
    { ...get(`${path}/download/{job}`, collect), function: 'print', access: 'anyone' },
    { ...get(`${path}/download/{job}/{fileName+}`, collect), function: 'print', access: 'anyone' },
  ];
}

const licensing: Route[] = [
  { ...get('/v1/licensing/ping', ping), access: 'anyone' },
  // the licence is the credential of the call; the response describes it
  { ...get('/v1/licensing', showLicence), access: 'anyone' },
  { ...get('/v1/licensing', installLicence), methods: ['POST'], access: 'anyone' },
];

const printers: Route[] = [
  // programs look for the service before they have a licence
  { ...get('', () => call.listPrinters(undefined, description)), withoutKey: () => description([]) },
  get('/v1/printHtml/settings', () => htmlSettings('inches')),
  get('/v1/printHtml/deviceinfo/{printer+}', describeDevice),
  get('/v1/printHtml/htmlPrintDefaults', describeDefaults),
  get('/v1/printHtml/htmlPrintDefaults/{units}', describeDefaults),
  get('/v1/printer/settings/{printer+}', describeDevice),
  {
    ...get('/v1/printer/current', () => call.listPrinters(undefined, deviceSettings('', 'inches'))),
    methods: ['GET', 'PUT'],
  },
  // all users of a company share the default printer, so selecting one changes nothing
  { ...get('/v1/printer/current/{printer+}', describeDevice), methods: ['PUT'] },
  { ...get('/v1/printHtml/CurrentPrinter/{printer+}', describeDevice), methods: ['PUT'] },
];

export const scriptx: Contract = {
  owns: path => /^\/api(\/?|\/v1(\/.*)?)$/is.test(path),
  routes: [
    ...licensing,
    ...printers,
    ...lifeOfJobs('/v1/printHtml', printHtml),
    ...lifeOfJobs('/v1/printPdf', printPdf),
    { ...get('/v1/printDirect/print', printDirect), methods: ['POST'], function: 'print' },
  ],
  credential: licenceOf,
  refuse: errorText,
  unknownRoute,
};
