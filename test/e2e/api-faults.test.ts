import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultySite, openFaultySite, seededFaults } from '../../doubles/faults/faulty-site.ts';
import { until } from '../../doubles/machine.ts';

interface Answer {
  state: string;
  summary: string;
  message?: string;
  next?: string;
  stateReasons?: string[];
}

describe('the API names the cause when', () => {
  let site: FaultySite;
  beforeAll(async () => {
    site = await openFaultySite();
  });
  afterAll(() => site.close());

  const get = async (path: string) => (await (await site.machine.call('GET', `/platen/v1${path}`)).json()) as Answer;

  it.each(seededFaults)('%s', async (_fault, job, words) => {
    const id = await site.submit(job);

    const said = await until(async () => {
      const { summary, message, next } = await get(`/jobs/${id}`);
      const text = [summary, message, next].filter(part => part !== undefined).join(' | ');
      return words.test(text) ? { summary, text } : undefined;
    });

    expect(said.text).not.toMatch(/\bE[A-Z]{6,}\b|undefined|\[object/);
    expect(said.summary).not.toMatch(/^(printing|printed|next at)/);
  });

  it.each([
    ['office:empty', 'media-empty-error'],
    ['office:open', 'cover-open-error'],
  ])('the printer %s has stopped, in the record of the printer too', async (printer, reason) => {
    await site.submit({ printer, document: { base64: 'eA==' } });

    const record = await until(async () => {
      const found = await get(`/printers/${encodeURIComponent(printer)}`);
      return found.stateReasons?.includes(reason) ? found : undefined;
    });

    expect(record.state).toBe('stopped');
  });
});
