import { readFileSync } from 'node:fs';

/** A command line that a document shows. */
export interface ShownCommand {
  /** in a block, to be pasted; not only mentioned in a sentence */
  isWhole: boolean;
  words: string[];
  line: string;
}

const fenced = /^```(\w*)\n([\s\S]*?)^```$/gm;
const inline = /`([^`\n]+)`/g;
const programs = /^(npm|npx|node|platen|platen-relay|docker)$/;

/** Replaces a value of the reader's installation. */
const stand: Record<string, string> = {
  $URL: 'https://print.example.com',
  $CODE: 'CODE',
  $ENV: 'staging',
  NAME: 'staging',
};

/** The command lines of this repository's programs in a document, in order. */
export function commandsIn(file: string): ShownCommand[] {
  const text = readFileSync(file, 'utf8');
  const blocks = [...text.matchAll(fenced)].flatMap(([, language, block = '']) =>
    /^(sh)?$/.test(language as string) ? [block] : [],
  );
  const mentions = [...text.replaceAll(fenced, '').matchAll(inline)].map(([, code]) => code as string);
  return [
    ...blocks.flatMap(block => linesOf(block)).map(line => ({ isWhole: true, line })),
    ...mentions.flatMap(linesOf).map(line => ({ isWhole: false, line })),
  ].flatMap(({ isWhole, line }) => {
    const words = wordsOf(line);
    return programs.test(words[0] ?? '') ? [{ isWhole, line, words }] : [];
  });
}

/** Single commands, without comments and without what only the shell reads. */
function linesOf(block: string): string[] {
  const lines = block.replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap(line =>
    line
      .replace(/(^|\s)# .*$/, '')
      .split(/&&|\||;/)
      .map(part => part.trim().replace(/^(sudo |exec |[A-Z]+=\S* )+/, '')),
  );
}

function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(found =>
    found.slice(1).find(part => part !== undefined),
  );
  return words.map(word => stand[word as string] ?? (word as string));
}
