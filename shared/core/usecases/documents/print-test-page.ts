import type { Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { type PrinterName, printerKey } from '../../domain/printer.ts';
import {
  type TestPageLanguage,
  testPageHtml,
  testPageLanguage,
  testPageLanguages,
  testPageText,
  testPageZpl,
} from '../../domain/test-page.ts';
import type { Ports } from '../../ports/index.ts';
import { submitConversion } from './submit-conversion.ts';
import { submitDocument } from './submit-document.ts';

export interface TestPageRequest {
  target: PrinterName;
  /** default: one that the printer takes */
  language?: TestPageLanguage;
  idempotencyKey?: string;
}

/** Prints a page that names printer, location and company: a job like any other. */
export async function printTestPage(ports: Ports, principal: Principal, asked: TestPageRequest): Promise<Job> {
  const { target, idempotencyKey } = asked;
  const { companyId } = principal;
  const [company, location, printer] = await Promise.all([
    ports.registry.getCompany(companyId),
    ports.registry.getLocation(companyId, target.locationId),
    ports.registry.getPrinter(companyId, target),
  ]);
  const key = printerKey(target);
  const language = asked.language ?? testPageLanguage(printer?.device);
  if (!language) {
    const languages = testPageLanguages.join(', ');
    throw new PrintError('unsupported', `${key} takes none of the languages of the test page: ${languages}.`);
  }
  const facts = {
    printer: key,
    name: printer?.name ?? '',
    location: location?.name ?? target.locationId,
    company: company?.name ?? companyId,
    at: ports.clock.now(),
  };
  // a repeated call has another time on its page, and is the same request
  const contentDigest = `test page ${language}`;
  const request = {
    contract: 'platen' as const,
    targets: [target],
    name: 'Test page',
    template: {},
    properties: {},
    idempotencyKey,
    contentDigest,
  };
  const [job] =
    language === 'pdf'
      ? await submitConversion(ports, principal, {
          ...request,
          conversion: {
            kind: 'page',
            content: { kind: 'html', html: testPageHtml(facts) },
            backgrounds: true,
            media: 'print',
            fullLoad: true,
            scripts: false,
          },
        })
      : await submitDocument(ports, principal, {
          ...request,
          bytes: Buffer.from(language === 'zpl' ? testPageZpl(facts) : testPageText(facts)),
        });
  return job as Job;
}
