import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from './rules.ts';
import { type Source, sourceOf, sourcesBelow } from './sources.ts';

const root = resolve(import.meta.dirname, '../..');

/** Folders that hold no code of the project. */
const notCode = ['node_modules', 'test', 'docs', 'examples', 'dist', 'cdk.out', 'data', 'coverage'];

const folders = readdirSync(root, { withFileTypes: true })
  .filter(entry => entry.isDirectory() && !entry.name.startsWith('.') && !notCode.includes(entry.name))
  .map(entry => entry.name);
const sources = folders.flatMap(folder => sourcesBelow(root, folder));

/** One violation of each rule, added to the project's own files. */
const planted: Record<string, Source> = {
  everyFileHasARoom: sourceOf('attic/box.ts', ''),
  arrowsHold: sourceOf('shared/core/domain/planted.ts', "import type { Ports } from '../ports/index.ts';"),
  entrancesHold: sourceOf('cli/planted.ts', "import { startServer } from '../server/server.ts';"),
  noCircles: sourceOf('shared/ipp/tags.ts', "import type { IppMessage } from './message.ts';"),
  contractsKnowUseCasesByType: sourceOf(
    'shared/contracts/planted.ts',
    "import { getJob } from '../core/usecases/jobs/get-job.ts';",
  ),
  contractsKnowNoOther: sourceOf(
    'shared/contracts/pdfco/planted.ts',
    "import { scriptx } from '../scriptx/routes.ts';",
  ),
  coreIsPure: sourceOf('shared/core/usecases/planted.ts', 'export const at = Date.now();'),
  environmentIsReadInOnePlace: sourceOf('server/planted.ts', 'export const home = process.env.HOME;'),
};

describe('the architecture', () => {
  it.each(Object.entries(rules))('holds: %s', (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });

  it.each(Object.entries(planted))('fails for a planted violation of %s', (name, source) => {
    const others = sources.filter(({ path }) => path !== source.path);

    expect(rules[name]?.([...others, source])).not.toEqual([]);
  });

  it('fails for a room without files', () => {
    const withoutIpp = sources.filter(({ path }) => !path.startsWith('shared/ipp/'));

    expect(rules.everyRoomHasFiles?.(withoutIpp)).toEqual(['The room shared/ipp has no files.']);
  });
});
