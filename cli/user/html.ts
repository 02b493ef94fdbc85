import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ClientDocument, ClientError, type PlatenClient } from '../../client/index.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import { type Answer, type Given, only } from '../command.ts';
import { countOf } from '../table.ts';
import { userCommand } from './connection.ts';

async function makePdf(client: PlatenClient, given: Given): Promise<Answer> {
  const [page, out] = [only(given, 'page'), only(given, 'out')];
  const document = { ...(await pageAt(page)), tagged: (given.tagged ?? []).length > 0 || undefined };
  const media = given.media?.[0];
  const made = await client.make(document, { fileName: basename(out), options: media ? { media } : undefined });
  const job = await client.waitFor(made.id);
  if (job.state !== 'completed') throw new ClientError(0, 'not-made', job.message ?? job.summary);
  const pdf = await client.document(job.id);
  await writeFile(out, Buffer.from(await pdf.arrayBuffer()));
  const { id, pageCount = 0, warnings = [] } = job;
  const json = { file: out, job: id, octets: pdf.size, pageCount, warnings };
  return { json, lines: [`${out}: ${countOf(pageCount, 'page')}, ${pdf.size} bytes`, ...warnings] };
}

async function pageAt(page: string): Promise<ClientDocument> {
  if (/^https?:\/\//i.test(page)) return { pageUrl: page };
  try {
    return { html: await readFile(page, 'utf8') };
  } catch (error) {
    throw new UsageError(`${page} is no http or https address, and no file that can be read.`, { cause: error });
  }
}

export const htmlCommand = userCommand({
  name: 'html',
  about: 'Makes a PDF of a web page or an HTML file, with the browser of the service.',
  operand: { name: 'page', about: 'an http or https address, or a file' },
  options: {
    out: { value: 'FILE', short: 'o', about: 'where the PDF goes', isRequired: true },
    media: { value: 'NAME', about: 'the paper, such as iso_a4_210x297mm' },
    tagged: { about: 'with tags for screen readers' },
  },
  run: makePdf,
});
