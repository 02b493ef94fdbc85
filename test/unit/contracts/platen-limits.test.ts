import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import * as schemas from '../../../shared/contracts/platen/schemas.ts';
import * as webhookSchemas from '../../../shared/contracts/platen/webhook-schemas.ts';
import { contracts } from '../../../shared/core/domain/job.ts';
import { backlogPolicies } from '../../../shared/core/domain/printer.ts';
import { testPageLanguages } from '../../../shared/core/domain/test-page.ts';

/* The least and the most that a member of a request may be, and what is just beyond. */

const all = { ...schemas, ...webhookSchemas };
type Name = { [Key in keyof typeof all]: (typeof all)[Key] extends z.ZodObject ? Key : never }[keyof typeof all];

/** What each request must have. */
const least: Partial<Record<Name, object>> = {
  jobSubmission: { document: { base64: 'x' } },
  move: { printer: 'a:b' },
  uploadOpening: { octets: 1 },
  bulk: { ids: ['j'] },
  bulkResolution: { ids: ['j'], as: 'printed' },
  resolution: { as: 'reprint' },
  newKey: { name: 'n' },
  enrolment: { code: 'c', csr: 'r' },
  renewal: { relayId: 'r', csr: 'c', at: 1, signature: 's' },
  newWebhook: { url: 'https://a.test' },
};

const text = (characters: number) => 'x'.repeat(characters);
const list = (entries: number, entry: unknown = 'x') => Array(entries).fill(entry);
const pages = (from: number, to: number) => [{ from, to }];
const shortText = [
  [text(1), text(255)],
  ['', text(256), 7],
] as const;
const month = 30 * 24 * 60 * 60;
const instant = [
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678+09:00'],
  ['2026-01-02', '2026-01-02T03:04:05', 'tomorrow', '', 1_767_323_045],
] as const;
const flag = [
  [true, false],
  ['true', 1],
] as const;
const hundred = [
  ['1', '100'],
  ['0', '101', '1.5', 'x', '-1'],
] as const;
const eventTypes = [
  [list(1, 'job.*'), list(2, 'job.created')],
  [[], ['eaten'], 'job.*'],
] as const;
const webhookFilter = [
  [['a'], list(100)],
  [[], list(101), 'a'],
] as const;
const time = [
  [1, ...instant[0]],
  [0, 1.5, ...instant[1].slice(0, 3)],
] as const;

const rows: [schema: Name, member: string, good: readonly unknown[], bad: readonly unknown[]][] = [
  ['options', 'copies', [1, 9999], [0, 10_000, 1.5, '1']],
  ['options', 'sides', ['one-sided', 'two-sided-long-edge', 'two-sided-short-edge'], ['two-sided', '']],
  ['options', 'media', ...shortText],
  ['options', 'media-source', ...shortText],
  ['options', 'orientation-requested', [3, 4, 5, 6], [2, 7, '3']],
  ['options', 'print-color-mode', ['auto', 'color', 'monochrome'], ['bi-level']],
  ['options', 'print-scaling', ['auto', 'auto-fit', 'fill', 'fit', 'none'], ['shrink']],
  [
    'options',
    'multiple-document-handling',
    ['separate-documents-collated-copies', 'separate-documents-uncollated-copies'],
    ['single-document'],
  ],
  ['options', 'print-quality', [3, 4, 5], [2, 6]],
  [
    'options',
    'page-ranges',
    [pages(1, 1), pages(1, 1e9), list(100, { from: 2, to: 3 })],
    [[], pages(2, 1), pages(0, 1), pages(1, 1e9 + 1), pages(1, 1.5), list(101, { from: 2, to: 3 }), [{ from: 1 }]],
  ],
  ['options', 'job-priority', [1, 100], [0, 101, 1.5]],
  ['jobSubmission', 'printers', [['a:b'], list(200)], [[], 'a:b']],
  ['jobSubmission', 'name', [text(1), text(1000)], ['']],
  ['jobSubmission', 'user', ...shortText],
  ['jobSubmission', 'tags', [list(1), list(20), [text(255)]], [[], list(21), [''], [text(256)]]],
  ['jobSubmission', 'supersedes', ...shortText],
  ['jobSubmission', 'expiresAt', ...instant],
  ['jobSubmission', 'expiresInSeconds', [1, month], [0, month + 1, 1.5]],
  ['jobSubmission', 'printBefore', ...instant],
  ['jobSubmission', 'hold', ...flag],
  ['jobSubmission', 'holdUntil', ...instant],
  ['jobSubmission', 'dryRun', ...flag],
  ['jobSubmission', 'callback', [text(1), text(2000)], ['', text(2001)]],
  ['jobSubmission', 'output.fileName', ...shortText],
  ['jobSubmission', 'output.keepSeconds', [60, 604_800], [59, 604_801, 60.5]],
  ['jobSubmission', 'document.tagged', ...flag],
  ['copy', 'printers', [['a:b']], [[]]],
  ['move', 'printer', ['a'], ['']],
  ['uploadOpening', 'octets', [1, 1e12], [0, -1, 1.5]],
  ['uploadOpening', 'name', [text(1)], ['']],
  ['uploadOpening', 'sha256', ['0aF9'.repeat(16)], [text(64), '0'.repeat(63), '0'.repeat(65)]],
  ['uploadQuery', 'name', [text(1)], ['']],
  ['jobQuery', 'limit', ...hundred],
  [
    'jobQuery',
    'state',
    ['active', 'ended', 'attention', 'pending', 'pending-held', 'processing', 'processing-stopped', 'completed'],
    ['queued', ''],
  ],
  ['jobQuery', 'state', ['canceled', 'aborted'], ['cancelled']],
  ['jobQuery', 'dialect', contracts, ['ipp']],
  ['jobQuery', 'since', ...instant],
  ['jobQuery', 'until', ...instant],
  ['pageQuery', 'limit', ['1', '1000'], ['0', '1001', '1.5', 'x']],
  ['pageQuery', 'cursor', ['', text(129)], [text(130)]],
  ['previewQuery', 'width', ['320', '1280'], ['640', '']],
  ['eventQuery', 'after', ['0', '7'], ['-1', '1.5', 'x']],
  ['eventQuery', 'limit', ...hundred],
  ['eventQuery', 'types', ['job.*', 'job.created , relay.*'], ['eaten', 'job.*,', '']],
  ['eventQuery', 'subject', [text(1)], ['']],
  ['eventQuery', 'wait', ['0', '20'], ['-1', '21', '0.5']],
  ['streamQuery', 'types', ['job.*'], ['eaten']],
  ['streamQuery', 'subject', [text(1)], ['']],
  ['streamQuery', 'after', ['0'], ['-1', '1.5', 'x']],
  ['streamQuery', 'named', ['1'], ['0', 'true', '']],
  ['streamOpening', 'types', ...eventTypes],
  ['streamOpening', 'subject', [text(1)], ['']],
  ['bulk', 'ids', [list(1), list(100)], [[], list(101), 'x']],
  ['bulkResolution', 'as', ['printed', 'reprint'], ['ask']],
  ['resolution', 'as', ['printed', 'reprint'], ['ask']],
  ['newKey', 'name', ...shortText],
  ['newKey', 'scopes', [['print', 'read', 'preview', 'admin']], [[], ['root'], 'print']],
  ['newKey', 'expiresAt', ...instant],
  ['printerChanges', 'active', ...flag],
  ['printerChanges', 'name', [text(1)], ['']],
  ['printerChanges', 'notes', ['', text(1)], [7]],
  ['printerChanges', 'unconfirmedPolicy', ['ask', 'reprint'], ['drop']],
  ['printerChanges', 'expiresInSeconds', [1, month, null], [0, month + 1, 1.5]],
  ['printerChanges', 'backlogPolicy', backlogPolicies, ['none']],
  ['locationChanges', 'name', [text(1)], ['']],
  ['locationChanges', 'active', ...flag],
  ['testPage', 'language', testPageLanguages, ['epl']],
  ['invitation', 'replace', ...flag],
  ['invitation', 'standby', ...flag],
  ['invitation', 'takeOverSeconds', [5, 86_400], [4, 86_401, 5.5]],
  ['enrolment', 'code', [text(1)], ['']],
  ['enrolment', 'csr', [text(1)], ['']],
  ['enrolment', 'publicKey', [text(1), text(4096)], ['', text(4097)]],
  ['renewal', 'relayId', [text(1)], ['']],
  ['renewal', 'csr', [text(1)], ['']],
  ['renewal', 'at', [0, 1.5], ['1']],
  ['renewal', 'signature', [text(1)], ['']],
  ['newWebhook', 'name', ['', text(255)], [text(256)]],
  ['newWebhook', 'types', [...eventTypes[0], list(100, 'job.*')], [...eventTypes[1], list(101, 'job.*')]],
  ['newWebhook', 'locations', ...webhookFilter],
  ['newWebhook', 'printers', ...webhookFilter],
  ['newWebhook', 'signing', ['v1', 'v1a'], ['v2']],
  ['webhookChanges', 'name', ['', text(255)], [text(256)]],
  ['webhookChanges', 'types', ...eventTypes],
  ['webhookChanges', 'state', ['active', 'paused'], ['disabled']],
  ['rotation', 'overlapHours', [0, 72], [-1, 73, 1.5]],
  ['enabling', 'replayFrom', [1], [0, 1.5]],
  ['replay', 'from', ...time],
  ['replay', 'to', ...time],
  ['replay', 'eventIds', [list(1), list(100)], [[], list(101)]],
  ['replay', 'failed', [true], [false]],
  ['replay', 'since', ...instant],
  ['replay', 'dryRun', ...flag],
  ['deliveryQuery', 'state', ['delivered', 'failed'], ['waiting']],
  ['deliveryQuery', 'before', ['0'], ['-1', '1.5']],
  ['deliveryQuery', 'limit', ...hundred],
];

/** The least request with this member. */
function withMember(name: Name, member: string, value: unknown): object {
  const base = least[name] ?? {};
  const [outer = '', inner] = member.split('.');
  return {
    ...base,
    [outer]: inner === undefined ? value : { ...(base as Record<string, object>)[outer], [inner]: value },
  };
}

const takes = (name: Name, request: object) => all[name].safeParse(request).success;
const shown = (value: unknown) => JSON.stringify(value).slice(0, 60);

describe('a member of a request', () => {
  it.each(rows)('%s.%s has its limits', (name, member, good, bad) => {
    expect(good.filter(value => !takes(name, withMember(name, member, value))).map(shown)).toEqual([]);
    expect(bad.filter(value => takes(name, withMember(name, member, value))).map(shown)).toEqual([]);
  });

  const named = Object.entries(all).flatMap(([name, schema]) => ('shape' in schema ? [name as Name] : []));

  it.each(named)('of %s is one that is known', name => {
    expect(takes(name, least[name] ?? {})).toBe(true);
    // lists ignored other members before they had pages
    expect(takes(name, { ...least[name], more: 1 })).toBe(name === 'pageQuery');
  });

  it('that must be there is missed', () => {
    const missed = Object.entries(least).flatMap(([name, request]) =>
      Object.keys(request).filter(member => takes(name as Name, { ...request, [member]: undefined })),
    );

    expect(missed).toEqual([]);
  });
});
