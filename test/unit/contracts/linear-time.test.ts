import { describe, expect, it } from 'vitest';
import { fragmentToHtml, lineToHtml, sanitizeFont } from '../../../shared/adapters/convert/page/header-footer.ts';
import { toDocument } from '../../../shared/adapters/convert/page/html-document.ts';
import { decodeContent } from '../../../shared/contracts/content-coding.ts';
import type { HttpRequest } from '../../../shared/contracts/contract.ts';
import { contracts } from '../../../shared/contracts/index.ts';
import { parseMargins, parsePaperSize } from '../../../shared/core/domain/paper-size.ts';
import { pdfPageCount } from '../../../shared/core/domain/pdf-page-count.ts';
import { matchRoute } from '../../../shared/handlers/router.ts';
import cirrusprint from '../../fixtures/cirrusprint/exchanges.json' with { type: 'json' };
import pdfco from '../../fixtures/pdfco/exchanges.json' with { type: 'json' };
import scriptx from '../../fixtures/scriptx/exchanges.json' with { type: 'json' };
import type { Request } from '../world.ts';

/*
 * Requests are answered on one thread, so that a pattern of quadratic time stops the service for everyone. Whatever
 * requests hold is filled with 50 kB of text that patterns are slow on: what takes milliseconds when time grows with the
 * length takes seconds when it grows with the square.
 */

const characters = 50_000;
const limitMilliseconds = 150;

const worstTexts = [
  ...[
    '/',
    '\\',
    '"',
    "'",
    ' ',
    '\n',
    '.',
    ',',
    ';',
    '=',
    '&',
    '%',
    '-',
    '1',
    'a',
    '<',
    '[',
    '{',
    'x ',
    '1 ',
    '";',
    '<a class=date',
  ],
  ...['<!--', '.a', '://', '@', '&p', '&D', '%41', '""', '1-', '\\"', '\'"', 'class=', 'data:', '|', '!'],
].flatMap(unit => {
  const run = unit.repeat(Math.ceil(characters / unit.length));
  return [`${run}\u0000`, `http://h/${run}x`, `1${run}x`, `"${run}`];
});

/** Of this thread's processor, in the shortest of several runs: what else the machine does is not counted. */
function milliseconds(work: () => void): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && shortest > limitMilliseconds; run++) {
    const start = process.threadCpuUsage();
    try {
      work();
    } catch {
      // a refusal is as good as an answer, if it comes soon
    }
    const { user, system } = process.threadCpuUsage(start);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}

function requestOf({ method, path, query = '', headers = {}, body = '' }: Request): HttpRequest {
  return {
    ...{ method, path, headers, parameters: {}, origin: 'https://platen.test' },
    query: new URLSearchParams(query),
    body: Buffer.from(body),
  };
}

/** What happens to a request before a use case has it. */
function handle(request: HttpRequest): void {
  const match = matchRoute(contracts, request);
  match.contract.credential(request);
  if ('route' in match) match.route.handle({ ...request, parameters: match.parameters });
}

/** A request with each of its values, in turn, replaced by `text`. */
function* variants(request: Request, text: string): Generator<Request> {
  for (const name of new URLSearchParams(request.query ?? '').keys()) {
    const query = new URLSearchParams(request.query ?? '');
    query.set(name, text.slice(0, 8000));
    yield { ...request, query: query.toString() };
  }
  yield { ...request, path: `${request.path}/${text.slice(0, 8000)}` };
  if (typeof request.body !== 'string') return;
  yield { ...request, body: text };
  const fields = fieldsIn(request.body);
  for (const body of filled(fields, text)) yield { ...request, body: JSON.stringify(body) };
}

/** Bodies of fixtures that are no JSON are filled as a whole. */
function fieldsIn(body: string): object {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

function* filled(value: unknown, text: string): Generator<unknown> {
  if (typeof value !== 'object' || value === null) {
    yield text;
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    for (const other of filled(inner, text)) yield Array.isArray(value) ? [other] : { ...value, [name]: other };
  }
}

const distinct = (exchanges: { request: object }[]) => [
  ...new Map(
    exchanges.map(({ request }) => [
      Object.values(request as Request)
        .slice(0, 2)
        .join(' '),
      request as Request,
    ]),
  ).values(),
];

describe('50 kB of the worst text', () => {
  it.each([...distinct(pdfco), ...distinct(scriptx), ...distinct(cirrusprint)])(
    'in $method $path is read in linear time',
    request => {
      const slow = worstTexts.flatMap(text =>
        [...variants(request, text)].filter(each => milliseconds(() => handle(requestOf(each))) > limitMilliseconds),
      );

      expect(slow.map(({ body, query }) => String(body ?? query).slice(0, 200))).toEqual([]);
    },
    120_000,
  );

  it.each(['digest', 'content-digest', 'repr-digest'])(
    'a body whose %s names one algorithm a thousand times is digested once',
    name => {
      const headers = { [name]: 'md5=:AA==:,'.repeat(900) };
      const body = Buffer.alloc(4_000_000);
      const request = { ...requestOf({ method: 'PUT', path: '/' }), headers, body };

      expect(milliseconds(() => decodeContent(request))).toBeLessThan(limitMilliseconds);
    },
  );

  const values = { title: 't', address: 'a', now: new Date(0) };
  it.each<[name: string, parse: (text: string) => unknown]>([
    ['a fragment', text => fragmentToHtml(text, values)],
    ['a fragment of one tag', text => fragmentToHtml(`<b ${text}>`, values)],
    ['a line with codes', text => lineToHtml(text, values)],
    ['a date pattern', text => lineToHtml('&d', { ...values, shortDateFormat: text })],
    ['a font', text => sanitizeFont(`color:${text}`)],
    ['a document', text => toDocument({ html: text })],
    ['a paper size', parsePaperSize],
    ['margins', parseMargins],
  ])(
    'in %s is read in linear time',
    (_name, parse) => {
      const slow = worstTexts.filter(text => milliseconds(() => parse(text)) > limitMilliseconds);

      expect(slow.map(text => text.slice(0, 40))).toEqual([]);
    },
    60_000,
  );

  it.each(['<<', '>>', '<</Type/Pages', '/Type/Pages', '/Type/ObjStm', '/Type/ObjStm stream\n'])(
    'in a PDF of %j is read in linear time',
    unit => {
      const pdf = Buffer.from(`<<${unit.repeat(characters / unit.length)}`);

      expect(milliseconds(() => pdfPageCount(pdf))).toBeLessThan(limitMilliseconds);
    },
    60_000,
  );
});
