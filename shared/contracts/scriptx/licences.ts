import type { Company, Key } from '../../core/domain/company.ts';
import type { HttpRequest } from '../contract.ts';
import { licenceOf } from './requests.ts';
import { json, text, unknownLicence } from './responses.ts';

/** License and LicenseOptions: the API key of a company in this dialect. */

type Licence = { key: Key; company: Company } | undefined;

const options = (isGiven: boolean) => ({
  basicHtmlPrinting: isGiven,
  advancedPrinting: isGiven,
  enhancedFormatting: isGiven,
  printPdf: isGiven,
  printRaw: isGiven,
});

/** A request without a licence only learns that the service is running. */
export const licenceOptions = (licence: Licence) => json(options(licence !== undefined));

const noEnd = '9999-12-31T23:59:59Z';

/** 404 for a licence in the request, 401 for a licence in the credentials. */
const licenceRecord = (guid: string, origin: string, refusal: 401 | 404) => (licence: Licence) => {
  if (!licence) return text(unknownLicence, refusal);
  const { key, company } = licence;
  return json({
    guid,
    company: company.name,
    companyHomePage: origin,
    revision: 1,
    from: new Date(key.createdAt).toISOString(),
    to: key.expiresAt === undefined ? noEnd : new Date(key.expiresAt).toISOString(),
    options: options(true),
    domains: [],
  });
};

export const ownLicence = (request: HttpRequest) => licenceRecord(licenceOf(request) ?? '', request.origin, 401);
export const namedLicence = (guid: string, { origin }: HttpRequest) => licenceRecord(guid, origin, 404);
