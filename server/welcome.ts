import { join, relative } from 'node:path';
import type { ServerOptions } from './options.ts';
import type { StartedServer } from './server.ts';

/** What a newcomer needs to know, with a line to paste that prints a page. Only the first start shows the key. */
export function welcome(
  { facts, isFirstStart, warnings, consoleAddress }: Omit<StartedServer, 'stop'>,
  { data }: ServerOptions,
): string {
  const shown = (path: string) => relative(process.cwd(), path) || '.';
  const { endpoint, company, key, printers } = facts;
  const factsFile = shown(join(data, 'platen.json'));
  const keyInShell = isFirstStart ? key : `$(sed -n 's/.*"key": "\\(.*\\)".*/\\1/p' ${factsFile})`;
  const address = `${endpoint}/api/putfile?targets=office:folder&title=sample.pdf`;
  return `
Platen is ready at ${endpoint}

  company   ${company}
  key       ${isFirstStart ? `${key} (not shown again)` : `in ${factsFile}`}
  printers  ${printers.join(', ')}
  (the same facts for scripts: ${factsFile})
${warnings.map(warning => `\n${warning}\n`).join('')}
Open the console in a browser. This address signs in once, within an hour:

  ${consoleAddress}

Or print the sample document from the command line:

  curl -H "Authorization: Bearer ${keyInShell}" -T examples/sample.pdf '${address}'

The answer is the job's id; the page is then in ${shown(join(data, 'printed'))}. List the jobs:

  curl -H "Authorization: Bearer ${keyInShell}" ${endpoint}/platen/v1/jobs
`;
}
