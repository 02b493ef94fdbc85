import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Harness } from '../../doubles/harness.ts';
import { someCompany, someToken } from '../../doubles/samples.ts';
import { eventIdOf, type LoggedEvent, type NewEvent } from '../../shared/core/domain/event.ts';
import type { CompanyId } from '../../shared/core/domain/ids.ts';
import type { Webhook } from '../../shared/core/domain/webhook.ts';
import type { EventLog, EventWriter, WebhookStore } from '../../shared/core/ports/index.ts';
import { someWebhook } from './webhook-store-suite.ts';

type LogHarness = Harness & { events: EventLog; eventWriter: EventWriter; webhookStore: WebhookStore };

const someEvent = (companyId: CompanyId, changes: Partial<NewEvent> = {}): NewEvent => ({
  companyId,
  type: 'job.queued',
  at: 1_700_000_000_000,
  subject: someToken(),
  subjectVersion: 1,
  place: 'office:laser',
  data: { job: { id: 'j' } },
  ...changes,
});
const idsOf = (log: LoggedEvent[]) => log.map(({ id }) => id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

export function eventLogSuite(name: string, open: () => Promise<LogHarness>): void {
  describe(`event log and writer: ${name}`, () => {
    let harness: LogHarness;
    let events: EventLog;
    let writer: EventWriter;

    beforeAll(async () => {
      harness = await open();
      events = harness.events;
      writer = harness.eventWriter;
    });
    afterAll(() => harness.close());

    async function readAll(companyId: CompanyId): Promise<LoggedEvent[]> {
      const log: LoggedEvent[] = [];
      for (;;) {
        const page = await events.read(companyId, log.at(-1)?.sequence ?? 0, 50);
        if (page.length === 0) return log;
        log.push(...page);
      }
    }

    test('numbers the events of each company from 1, and reads them as they were written', async () => {
      const [company, other] = [someCompany(), someCompany()];
      const written = [someEvent(company), someEvent(company, { type: 'relay.enrolled', place: undefined })];
      expect(await events.range(company)).toEqual({ oldest: 0, newest: 0 });

      await writer.write(company, written);
      await writer.write(other, [someEvent(other)]);

      const log = await readAll(company);
      expect(log.map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(idsOf(log)).toEqual(written.map(eventIdOf));
      for (const [index, { subject, type, place, at }] of written.entries()) {
        expect(log[index]).toMatchObject({ subject, type, at });
        expect(log[index]?.place).toBe(place);
        const body = JSON.parse(log[index]?.body as string);
        expect(body).toMatchObject({ type, sequence: index + 1, subject, data: { job: { id: 'j' } } });
      }
      expect(await events.read(company, 1, 10)).toEqual([log[1]]);
      expect(await events.read(company, 2, 10)).toEqual([]);
      expect(await events.find(company, log[1]?.id as string)).toEqual(log[1]);
      expect(await events.find(other, log[1]?.id as string)).toBeUndefined();
      expect(await events.range(company)).toEqual({ oldest: 1, newest: 2 });
    });

    test('writes an event once, however often it is written', async () => {
      const company = someCompany();
      const [first, second] = [someEvent(company), someEvent(company)];

      await writer.write(company, [first, first]);
      await Promise.all([writer.write(company, [first, second]), writer.write(company, [second, first])]);

      expect(idsOf(await readAll(company)).toSorted()).toEqual([first, second].map(eventIdOf).toSorted());
    });

    test('keeps the order of one call, also when it has many events', async () => {
      const company = someCompany();
      const many = Array.from({ length: 120 }, () => someEvent(company));

      await writer.write(company, many);

      expect(idsOf(await readAll(company))).toEqual(many.map(eventIdOf));
    });

    test('leaves no gap between concurrent writers, and a reader that polls misses nothing', async () => {
      const company = someCompany();
      const lives = Array.from({ length: 5 }, () => {
        const subject = someToken();
        return upTo(8).map(subjectVersion => someEvent(company, { subject, subjectVersion }));
      });
      const seen: LoggedEvent[] = [];
      let isWritten = false;
      const poll = async () => {
        for (;;) {
          const wasWritten = isWritten;
          const page = await events.read(company, seen.at(-1)?.sequence ?? 0, 3);
          seen.push(...page);
          if (wasWritten && page.length === 0) return;
          await turn();
        }
      };
      const polling = poll();

      await Promise.all(
        lives.map(async life => {
          for (const event of life) await writer.write(company, [event]);
        }),
      );
      isWritten = true;
      await polling;

      expect(seen.map(({ sequence }) => sequence)).toEqual(upTo(40));
      expect(new Set(idsOf(seen))).toEqual(new Set(lives.flat().map(eventIdOf)));
      for (const life of lives) {
        const ofOne = seen.filter(({ subject }) => subject === life[0]?.subject);
        expect(idsOf(ofOne)).toEqual(life.map(eventIdOf));
      }
    });

    test('queues an event for each webhook that wants it, unless it is disabled', async () => {
      const company = someCompany();
      const save = async (changes: Partial<Webhook>) => {
        const webhook = someWebhook(company, changes);
        await harness.webhookStore.saveWebhook(webhook);
        return webhook.id;
      };
      const wants = await save({ types: ['job.*'] });
      const paused = await save({ types: ['job.*'], state: 'paused' });
      const others = await save({ types: ['relay.*'] });
      const disabled = await save({ types: ['job.*'], state: 'disabled' });

      await writer.write(company, [someEvent(company)]);

      const waiting = [wants, paused, others, disabled].map(id => harness.webhookStore.describeWaiting(id));
      expect((await Promise.all(waiting)).map(({ count }) => count)).toEqual([1, 1, 0, 0]);
      const { newest: sequence } = await events.range(company);
      const taken = await harness.webhookStore.takeDelivery(wants, sequence, 1, 4);
      expect(taken).toMatchObject({ companyId: company, sequence });
    });

    test('wakes a reader that waits, and no reader for nothing', async () => {
      const company = someCompany();
      expect(await events.waitFor(company, 0, 0)).toBe(false);
      const stop = new AbortController();
      const forNothing = events.waitFor(company, 1, 60_000, stop.signal);
      const waiting = events.waitFor(company, 0, 60_000);

      await writer.write(company, [someEvent(company)]);

      expect(await waiting).toBe(true);
      expect(await events.waitFor(company, 0, 60_000)).toBe(true);
      stop.abort();
      expect(await forNothing).toBe(false);
    });

    test('notes which companies use events', async () => {
      const company = someCompany();

      await events.keepInUse(company);
      await events.keepInUse(company);

      expect(await writer.isInUse(company)).toBe(true);
      expect(await events.range(company)).toEqual({ oldest: 0, newest: 0 });
    });

    test('keeps what was announced of a place, and finds what is due', async () => {
      const company = someCompany();
      const dueAt = 1_700_000_000_000;
      const due = async (at: number) => {
        const found = await writer.dueAnnouncements(at, 1000);
        return found.filter(({ companyId }) => companyId === company);
      };
      expect(await writer.announcedOf(company, 'office')).toBeUndefined();

      await writer.saveAnnounced(company, 'office', { value: 'online', at: 5, dueAt, last: { version: 3, madeAt: 4 } });

      expect(await writer.announcedOf(company, 'office')).toMatchObject({ value: 'online', at: 5, dueAt });
      expect(await due(dueAt - 1)).toEqual([]);
      await eventually(async () => expect(await due(dueAt)).toEqual([{ companyId: company, place: 'office', dueAt }]));
      await writer.saveAnnounced(company, 'office', { value: 'offline', at: 6 });
      expect(await writer.announcedOf(company, 'office')).toEqual({ value: 'offline', at: 6, dueAt: undefined });
      await eventually(async () => expect(await due(dueAt)).toEqual([]));
    });
  });
}
