import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../doubles/document-blocks.ts';
import { until } from '../../doubles/machine.ts';
import { Newcomer } from '../../doubles/newcomer.ts';

/* The shell blocks of the pages about dialects, pasted. */

describe('the pages about dialects', () => {
  let newcomer: Newcomer;
  beforeAll(async () => {
    newcomer = await Newcomer.arrive();
  });
  afterAll(() => newcomer.leave());

  /** Pastes a page, and answers what it printed on the screen and how many jobs of printers it made; all of them end. */
  async function paste(page: string): Promise<{ said: string; jobs: number }> {
    const list = async () => {
      const answer = await newcomer.machine.call('GET', '/platen/v1/jobs');
      const { jobs } = (await answer.json()) as { jobs: { state: string; printer?: string }[] };
      return jobs.filter(({ printer }) => printer);
    };
    const before = (await list()).length;
    const said = await newcomer.paste(...blocksOf(page, 'sh'));
    await until(async () => (await list()).every(({ state }) => state === 'completed' || state === 'canceled'));
    return { said, jobs: (await list()).length - before };
  }

  it('CirrusPrint', async () => {
    const { said, jobs } = await paste('docs/cirrusprint.md');

    expect(said).not.toContain('Error');
    expect(jobs).toBe(5);
    expect(said).toContain('"Name":"Front desk"');
    expect(said).toContain('"Phone":"555-0100"');
  });

  it('ScriptX.Services', async () => {
    const { said, jobs } = await paste('docs/scriptx.md');

    expect(said).toContain('"availablePrinters":["Platen PDF","office:folder"]');
    expect(jobs).toBe(1);
    expect(readFileSync(join(newcomer.folder, 'invoice.pdf'), 'latin1')).toMatch(/^%PDF-/);
  });

  it('PDF.co', async () => {
    const { said, jobs } = await paste('docs/pdfco.md');

    expect(said).not.toContain('"error":true');
    expect(said.match(/"error":false/g)).toHaveLength(7);
    expect(jobs).toBe(1);
  });
});
