import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobJson } from '../../../shared/contracts/cirrusprint/responses.ts';
import { checked } from '../../../shared/contracts/pdfco/job-check.ts';
import { jobStatus } from '../../../shared/contracts/scriptx/job-status.ts';
import { isFinal, type Job, type Standing, transitions } from '../../../shared/core/domain/job.ts';
import type { JobView } from '../../../shared/core/domain/job-words.ts';
import { emptyPrinter, type Location, newLocation, type Printer } from '../../../shared/core/domain/printer.ts';
import { asKnown, conditions } from '../../../shared/core/domain/printer-conditions.ts';
import { jobRecord } from '../../../shared/core/domain/records.ts';
import { company, relayId } from '../world.ts';

/*
 * "Where is my print?" over the whole domain: every standing, with every reason that a job or its printer may have, with the
 * relay there, away or missing, and with the messages that relays send, in every dialect.
 */

const at = Date.UTC(2026, 10, 28, 15, 0, 0);
const standings = Object.keys(transitions) as Standing[];
const names = { companyId: company, locationId: 'office', deviceId: 'laser', name: 'Laser' };

const jobReasons = [
  ...['document-access-error', 'document-format-error', 'submission-interrupted', 'aborted-by-system'],
  ...['delivery-unconfirmed', 'queued-in-device', 'expired', 'backlog-dropped', 'credits-spent', 'printer-stopped'],
];
const stopping = Object.keys(conditions).flatMap(keyword => [keyword, `${keyword}-error`, `${keyword}-warning`]);
const reasons = [...jobReasons, ...stopping, 'media-low', 'hopper-blocked'];
const messages = [
  undefined,
  'The printer refused it.',
  'connect ECONNREFUSED 192.0.2.7:631',
  'the printer is silent: connect EHOSTUNREACH 192.0.2.7:631 - Local (0.0.0.0:0)',
  'the printer is silent: read ECONNRESET',
  'the printer is silent: getaddrinfo ENOTFOUND laser.local',
  'the relay cannot write its journal: ENOSPC: no space left on device, write',
  'write EPIPE',
];

const presences: Record<string, Location | undefined> = {
  online: { ...newLocation(company, 'office'), relayId, online: true, lastSeenAt: at },
  offline: { ...newLocation(company, 'office'), relayId, online: false, lastSeenAt: at },
  'no relay': newLocation(company, 'office'),
  'not looked up': undefined,
};

const printerWith = (state: 'idle' | 'stopped', ...stateReasons: string[]): Printer => ({
  ...emptyPrinter,
  ...names,
  device: { deviceId: 'laser', scheme: 'ipp', attributes: {}, state, stateReasons },
});

interface Case {
  standing: Standing;
  /** of the job */
  reason?: string;
  /** of the printer */
  printerReason?: string;
  presence: string;
  message?: string;
  ahead?: number;
  cancelRequested?: boolean;
}

function viewOf({ standing, reason, printerReason, presence, message, ahead, cancelRequested }: Case): JobView {
  const job = {
    ...{ id: 'j', companyId: company, name: 'invoice', standing, history: [], properties: {}, printer: names },
    ...{ since: at, submittedAt: at, updatedAt: at, message, cancelRequested },
    reasons: reason === undefined ? [] : [reason],
  } as unknown as Job;
  const printer = printerWith(
    printerReason === undefined ? 'idle' : 'stopped',
    ...(printerReason ? [printerReason] : []),
  );
  const location = presences[presence];
  return { job, location, printer: asKnown(printer, location), ahead };
}

/** What a person reads, in each dialect. */
function textsOf(view: JobView): Record<string, string> {
  const { summary, message, next } = jobRecord(view);
  const body = (answer: { body?: unknown }) => JSON.parse(String(answer.body));
  return {
    platen: [summary, message, next].filter(text => text !== undefined).join(' | '),
    scriptx: body(jobStatus('t')(view)).message,
    cirrusprint: body(jobJson(view)).Message,
    pdfco: body(checked('https://platen.test', { view, remaining: undefined, milliseconds: 0 }, false)).message ?? '',
  };
}

function* wholeDomain(): Generator<Case> {
  for (const standing of standings)
    for (const presence of Object.keys(presences)) {
      for (const reason of [undefined, ...reasons])
        for (const printerReason of [undefined, 'media-empty', 'offline', 'media-low'])
          for (const ahead of [undefined, 0, 2])
            for (const cancelRequested of [undefined, true])
              yield { standing, presence, reason, printerReason, ahead, cancelRequested };
      for (const message of messages)
        for (const reason of [undefined, 'offline', 'media-empty', 'document-access-error', 'delivery-unconfirmed'])
          yield { standing, presence, reason, message };
    }
}

const cases = [...wholeDomain()].map(given => {
  const view = viewOf(given);
  return { given, view, texts: textsOf(view), record: jobRecord(view) };
});
type Checked = (typeof cases)[number];

/** The cases that break a rule, a few of them. */
const breaking = (rule: (one: Checked) => boolean) =>
  cases
    .filter(one => !rule(one))
    .slice(0, 5)
    .map(({ given, texts }) => ({ ...given, ...texts }));
const everyText = (rule: (text: string) => boolean) => breaking(({ texts }) => Object.values(texts).every(rule));
const isStoppedBy = (reason: string | undefined) => reason !== undefined && stopping.includes(reason);

describe('the words for a job, over their whole domain', () => {
  it('have no codes of systems, no holes and no repeated marks', () => {
    expect(everyText(text => !/\bE[A-Z]{3,}\b/.test(text))).toEqual([]);
    expect(everyText(text => !/undefined|null|NaN|\[object|\.\.|\s\s|^\s|\s$|:\s*\.|\s,/.test(text.trim()))).toEqual(
      [],
    );
  });

  it('never say that a printer prints which cannot, or of which nothing is known', () => {
    const isKept = ({ given }: Checked) =>
      isStoppedBy(given.reason) || (given.presence === 'online' && isStoppedBy(given.printerReason));
    expect(
      breaking(one => isFinal(one.view.job) || !isKept(one) || !/^(printing|next at)/.test(one.record.summary)),
    ).toEqual([]);
    expect(
      breaking(one => one.given.presence !== 'offline' || !/^(printing|next at|needs)/.test(one.record.summary)),
    ).toEqual([]);
  });

  it('say in every dialect that a job may have printed, and what to do', () => {
    expect(
      breaking(
        ({ given, texts, record }) =>
          given.standing !== 'processing-stopped/delivery-unconfirmed' ||
          (record.summary.includes('may have printed') &&
            Object.values(texts).every(text => /resolve the job as printed or reprint/i.test(text))),
      ),
    ).toEqual([]);
  });

  it('say what happens next until a job has ended, and nothing then', () => {
    expect(
      breaking(({ view, record }) =>
        isFinal(view.job) ? record.next === undefined : /^[A-Z].*\.$/.test(record.next ?? ''),
      ),
    ).toEqual([]);
  });

  it('name the condition that stops a job, in every dialect', () => {
    const isAtPrinter = ({ given }: Checked) =>
      /^processing\/(queued|job-printing)|printer-stopped/.test(given.standing) &&
      given.presence === 'online' &&
      !given.cancelRequested &&
      !given.ahead &&
      isStoppedBy(given.reason);
    const isNamed = ({ given, texts }: Checked) =>
      Object.values(texts).every(text => text.includes(`(${given.reason})`));
    expect(breaking(one => !isAtPrinter(one) || isNamed(one))).toEqual([]);
  });

  it('are these', async () => {
    const shown = ['media-empty', 'cover-open', 'offline', 'media-low', 'hopper-blocked', 'expired'];
    const lines = standings.flatMap(standing => {
      const rows = ['online', 'offline', 'no relay'].flatMap(presence =>
        [undefined, ...shown].map(reason => {
          const words = textsOf(viewOf({ standing, presence, reason })).platen as string;
          return { words, when: `${presence} ${reason ?? '-'}` };
        }),
      );
      const byWords = [...Map.groupBy(rows, ({ words }) => words)];
      return byWords.flatMap(([words, of]) => [`${standing}: ${words}`, `  ${of.map(({ when }) => when).join(', ')}`]);
    });
    const table = resolve(import.meta.dirname, '../../fixtures/job-words.txt');
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(table);
  });
});
