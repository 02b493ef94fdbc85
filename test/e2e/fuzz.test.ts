import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyCharacter } from '../../doubles/any-character.ts';
import { Machine } from '../../doubles/machine.ts';
import { routes } from '../../shared/contracts/index.ts';

/*
 * Requests to every route with bodies, keys, headers and parameters of every kind, from one seed, for a bounded time.
 * None may end in 5xx, in a lost connection or in the end of the server.
 */

const [seed, batches, atOnce] = [20261128, 1000, 8];
/** Of one request; calls that wait for their result are among them. */
const patienceMilliseconds = 30_000;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '..',
    '/',
    '%',
    '%00',
    '\u0000',
    '\ud800',
    '{}',
    '[]',
    'null',
    'office:folder',
    'office',
  ),
  fc.nat(300).map(count => '"/'.repeat(count)),
);
const names = [
  ...[
    'url',
    'html',
    'file',
    'name',
    'async',
    'pages',
    'profiles',
    'templateData',
    'printer',
    'jobid',
    'title',
    'targets',
  ],
  ...['index', 'content', 'contentType', 'device', 'settings', 'code', 'csr', 'locationId', 'deviceId', 'x-api-key'],
];
const fields = fc.dictionary(fc.constantFrom(...names), fc.oneof(text, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 6 });
/** Values that are no text as JSON. */
const formOf = (object: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(object).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value),
    ]),
  );

const body = fc.oneof(
  fc.constant(undefined),
  fc.uint8Array({ maxLength: 2000 }).map(octets => Buffer.from(octets)),
  fields.map(object => Buffer.from(JSON.stringify({ ...object, async: true }))),
  fields.map(object => Buffer.from(formOf(object).toString())),
  text.map(value =>
    Buffer.from(
      `--b\r\ncontent-disposition: form-data; name="file"; filename="${value.toWellFormed()}"\r\n\r\nx\r\n--b--`,
    ),
  ),
);
const type = fc.constantFrom(
  ...[
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'text/plain',
    'a',
    '',
  ],
);
const shown = fc.constantFrom('right', 'right', 'right', 'wrong', 'none');
const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS');

const call = fc.record({
  route: fc.constantFrom(...routes),
  usual: fc.boolean(),
  method,
  parameters: fc.array(text, { minLength: 6, maxLength: 6 }),
  query: fields,
  body,
  type,
  shown,
});
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never;

describe('whatever is sent', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  function headersOf({ shown, type }: Call): Record<string, string> {
    const key = shown === 'right' ? machine.facts.key : 'wrong';
    const basic = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
    if (shown === 'none') return { 'content-type': type };
    return { 'content-type': type, 'x-api-key': key, authorization: type.length % 2 === 0 ? basic : `Bearer ${key}` };
  }

  /** The status; 0 for a connection that was lost. */
  function send(given: Call): Promise<number> {
    const { hostname, port } = new URL(machine.facts.endpoint);
    let used = 0;
    const path = given.route.path.replace(/\{[^}]*\}/g, () =>
      encodeURIComponent((given.parameters[used++] ?? 'x').toWellFormed()),
    );
    const query = formOf(given.query).toString().slice(0, 4000);
    const options = {
      ...{ hostname, port, agent: false, timeout: patienceMilliseconds },
      method: given.usual ? given.route.methods[0] : given.method,
      path: `${path}?${query}`,
      headers: { ...headersOf(given), ...(given.body && { 'content-length': given.body.length }) },
    };
    return new Promise(resolve => {
      const sent = request(options, response => {
        const answered = () => resolve(response.statusCode ?? 0);
        if (response.headers['content-type'] !== 'text/event-stream')
          return void response.resume().once('end', answered);
        answered();
        // a stream does not end
        sent.destroy();
      });
      sent.once('error', () => resolve(0)).once('timeout', () => sent.destroy());
      sent.end(given.body);
    });
  }

  it('is answered, and never with 5xx', async () => {
    const all = fc.sample(fc.array(call, { minLength: atOnce, maxLength: atOnce }), { seed, numRuns: batches });
    const bad: string[] = [];
    for (const batch of all) {
      const statuses = await Promise.all(batch.map(send));
      for (const [index, status] of statuses.entries()) {
        const { route, type, usual, method: other } = batch[index] as Call;
        if (status === 0 || status >= 500)
          bad.push(`${status} ${usual ? route.methods[0] : other} ${route.path} ${type}`);
      }
    }

    expect(bad).toEqual([]);
    expect((await machine.call('GET', '/api/version')).status).toBe(200);
    expect(machine.output).not.toContain('"unhandled-rejection"');
  });
});
