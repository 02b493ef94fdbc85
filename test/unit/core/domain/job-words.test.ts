import { describe, expect, it } from 'vitest';
import { isFinal, type Job, type Standing, transitions } from '../../../../shared/core/domain/job.ts';
import { type JobView, wordsOf } from '../../../../shared/core/domain/job-words.ts';
import { emptyPrinter, type Location, newLocation, type Printer } from '../../../../shared/core/domain/printer.ts';
import { asKnown } from '../../../../shared/core/domain/printer-conditions.ts';
import { company, relayId } from '../../world.ts';

const at = Date.UTC(2026, 10, 28, 15, 0, 0);
const standings = Object.keys(transitions) as Standing[];
const names = { companyId: company, locationId: 'office', deviceId: 'laser', name: 'Laser' };

const job = (standing: Standing, changes: Partial<Job> = {}) =>
  ({
    standing,
    reasons: [],
    history: [],
    since: at,
    submittedAt: at,
    updatedAt: at,
    printer: names,
    ...changes,
  }) as unknown as Job;
const location = (changes: Partial<Location> = {}): Location => ({
  ...newLocation(company, 'office'),
  relayId,
  online: true,
  lastSeenAt: at,
  ...changes,
});
const printer = (...stateReasons: string[]): Printer => ({
  ...emptyPrinter,
  ...names,
  device: { deviceId: 'laser', scheme: 'ipp', attributes: {}, state: 'idle', stateReasons },
});
const words = (standing: Standing, changes: Partial<Job> = {}, around: Omit<JobView, 'job'> = {}) =>
  wordsOf({ job: job(standing, changes), location: location(), printer: printer(), ahead: 0, ...around });

const [fetchable, queued, printing, stopped, unconfirmed] = [
  'pending/job-fetchable',
  'processing/queued-in-device',
  'processing/job-printing',
  'processing-stopped/printer-stopped',
  'processing-stopped/delivery-unconfirmed',
] as const;

describe('the words for a job', () => {
  const summaries: Record<Standing, string> = {
    'pending-held/job-incoming': 'waiting for the document',
    'pending-held/job-hold-until-specified': 'held',
    'pending/job-queued': 'queued',
    'processing/job-transforming': 'preparing',
    [fetchable]: 'waiting for the site',
    [queued]: 'next at the printer',
    [printing]: 'printing',
    [stopped]: 'needs attention',
    [unconfirmed]: 'unconfirmed: may have printed',
    'completed/job-completed-successfully': 'printed',
    'canceled/job-canceled-by-user': 'cancelled',
    'aborted/aborted-by-system': 'failed',
  };
  it.each(standings)('name its standing when all is well: %s', standing => {
    expect(words(standing).summary).toBe(summaries[standing]);
  });

  it.each(standings.filter(standing => !isFinal({ standing })))('say what happens next: %s', standing => {
    for (const online of [true, false]) {
      expect(words(standing, {}, { location: location({ online }) }).next).toMatch(/^[A-Z].*\.$/);
    }
  });

  const physical: [reason: string, summary: string, message: RegExp][] = [
    ['media-empty', 'needs paper', /^office:laser is out of paper \(media-empty\)\.$/],
    ['media-empty-warning', 'needs paper', /out of paper/],
    ['media-empty-error', 'needs paper', /out of paper/],
    ['media-needed', 'needs paper', /needs other paper/],
    ['media-jam-error', 'paper jam', /has a paper jam/],
    ['toner-empty', 'needs toner', /out of toner/],
    ['marker-supply-empty-report', 'needs ink or toner', /out of ink/],
    ['cover-open', 'needs attention', /open cover/],
    ['paused', 'printer paused', /is paused/],
    ['offline', 'printer off', /does not answer/],
  ];
  it.each(physical)('never call a printer with %s printing', (reason, summary, message) => {
    for (const standing of [printing, stopped, queued] as const) {
      const byJob = words(standing, { reasons: [reason] });
      const byPrinter = words(standing, {}, { printer: printer(reason) });

      expect(byJob).toMatchObject({ summary, message: expect.stringMatching(message) });
      expect(byPrinter).toMatchObject({ summary, message: expect.stringMatching(message) });
    }
  });

  it.each(['media-low', 'toner-low-warning', 'moving-to-paused-soon', 'none'])('go on printing with %s', reason => {
    expect(words(printing, { reasons: [reason] }).summary).toBe('printing');
  });

  it('show the reasons of a stopped printer that they do not know', () => {
    expect(words(stopped, { reasons: ['hopper-blocked'] })).toMatchObject({
      summary: 'needs attention',
      message: 'office:laser has stopped: hopper-blocked.',
    });
  });

  it.each([fetchable, queued] as const)('say how many come before, and why those wait: %s', standing => {
    expect(words(standing, {}, { ahead: 1 }).summary).toBe('waiting for 1 job ahead');
    expect(words(standing, {}, { ahead: 3, printer: printer('media-empty') })).toMatchObject({
      summary: 'waiting for 3 jobs ahead (needs paper)',
      message: 'office:laser is out of paper (media-empty).',
    });
  });

  it('say since when the relay is gone and until when the job is kept', () => {
    const gone = words(fetchable, {}, { location: location({ online: false }) });
    const none = words(fetchable, {}, { location: location({ online: false, relayId: undefined }) });

    expect(gone).toMatchObject({
      summary: 'waiting for the site',
      message: 'The relay at office is offline since 2026-11-28T15:00:00Z.',
      next: expect.stringContaining('kept until 2026-12-01T15:00:00Z'),
    });
    expect(none.message).toContain('has no relay yet');
    expect(words(printing, {}, { location: location({ online: false }) })).toMatchObject({
      summary: 'waiting for the site',
      next: expect.stringContaining('may be printing'),
    });
  });

  it.each(['connect ECONNREFUSED 192.0.2.7:631', 'connect EHOSTUNREACH 192.0.2.7:631 - Local (0.0.0.0:0)'])(
    'name the address of a printer that is switched off: %s',
    message => {
      for (const standing of [stopped, printing] as const) {
        expect(words(standing, { message })).toMatchObject({
          summary: 'printer off',
          message:
            'office:laser does not answer at 192.0.2.7:631: it is switched off, or at another address (offline).',
          detail: message,
        });
      }
    },
  );

  it('keep the words of relay or printer where there are no better ones', () => {
    expect(words('aborted/aborted-by-system', { message: 'The printer refused it.' })).toEqual({
      summary: 'failed',
      message: 'The printer refused it.',
    });
  });

  it.each(['write ECONNRESET', 'read ECONNRESET; the printer does not know the job', 'socket hang up'])(
    'say in words that a connection broke, and keep "%s" as a detail',
    message => {
      expect(words(unconfirmed, { message })).toMatchObject({
        message: 'The connection to office:laser broke while the job was sent. It may have printed.',
        detail: message,
      });
      const ended = words('aborted/aborted-by-system', { message, reasons: ['delivery-unconfirmed'] });
      expect(ended).toMatchObject({ message: expect.stringContaining('It may have been printed.'), detail: message });
    },
  );

  it('say that a cancel is under way, whatever the printer does', () => {
    for (const standing of [queued, printing, stopped] as const) {
      expect(words(standing, { cancelRequested: true, reasons: ['media-empty'] }).summary).toBe('cancelling');
    }
  });

  it('say until when a job is held', () => {
    const held = 'pending-held/job-hold-until-specified';

    expect(words(held, { hold: {} }).message).toBe('The job is held until it is released.');
    expect(words(held, { hold: { until: at } }).message).toBe('The job is held until 2026-11-28T15:00:00Z.');
  });

  it('say who must decide about an unconfirmed job, and until when', () => {
    expect(words(unconfirmed, { reasons: ['media-empty'] })).toMatchObject({
      summary: 'unconfirmed: may have printed',
      next: expect.stringMatching(/resolve the job as printed or reprint.*2026-12-05T15:00:00Z/),
    });
  });

  it('tell expired from failed, and follow a file that is collected', () => {
    const done = 'completed/job-completed-successfully';
    const output = { fileName: 'a.pdf', keepMilliseconds: 1, once: false };

    expect(words('aborted/aborted-by-system', { reasons: ['expired'] }).summary).toBe('expired');
    expect(words(done, { output: { ...output, collectBy: at } })).toMatchObject({
      summary: 'ready',
      next: 'It can be collected until 2026-11-28T15:00:00Z.',
    });
    expect(words(done, { output: { ...output, collectedAt: at } }).summary).toBe('collected');
    expect(words(done, { output: { ...output, discardedAt: at } }).summary).toBe('never collected');
    expect(words(done, { warnings: ['No font has 𓀀.'] }).message).toBe('No font has 𓀀.');
  });
});

describe('a printer as it is known', () => {
  it('is unknown while its relay is offline, never idle', () => {
    const shown = asKnown(printer('media-empty'), location({ online: false }));

    expect(shown.device).toMatchObject({ state: 'unknown', stateReasons: ['relay-offline'] });
    expect(asKnown(printer('media-empty'), location()).device?.stateReasons).toEqual(['media-empty']);
  });
});
