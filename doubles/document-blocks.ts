import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** The code blocks of a language in a document, in order; of the section with this heading, or of the text before the first. */
export function blocksOf(document: string, language: string, heading?: string): string[] {
  const text = readFileSync(resolve(root, document), 'utf8');
  const [top = '', ...sections] = text.split(/^## /m);
  const section = heading === undefined ? top : (sections.find(part => part.startsWith(`${heading}\n`)) ?? '');
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...section.matchAll(fence)].map(([, block]) => block as string);
}
