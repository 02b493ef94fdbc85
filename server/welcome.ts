import { join, relative } from 'node:path';
import type { ServerOptions } from './options.ts';
import type { ServerFacts } from './server.ts';

/** What a newcomer needs to know, with a line to paste that prints a page. */
export function welcome({ endpoint, company, key, printers }: ServerFacts, { data }: ServerOptions): string {
  const shown = (path: string) => relative(process.cwd(), path) || '.';
  const address = `${endpoint}/api/putfile?targets=office:folder&title=sample.pdf`;
  return `
Platen is ready at ${endpoint}

  company   ${company}
  key       ${key}
  printers  ${printers.join(', ')}
  (the same facts for scripts: ${shown(join(data, 'platen.json'))})

Print the sample document:

  curl -H 'Authorization: Bearer ${key}' -T examples/sample.pdf '${address}'

The answer is the job's id; the page is then in ${shown(join(data, 'printed'))}. What became of the job:

  curl -H 'Authorization: Bearer ${key}' ${endpoint}/platen/v1/jobs
`;
}
