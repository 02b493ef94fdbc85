import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

/*
 * Company B sends everything that has ever stopped, slowed or filled the service, in a loop, while company A does its
 * usual work. A's work may take twice as long as in quiet, and nothing of it may be lost.
 */

const root = resolve(import.meta.dirname, '../..');
const [quietMilliseconds, hostileMilliseconds] = [15_000, 60_000];
const loops = 8;
/** Machines that run other things as well are never quite even. */
const [factor, slackMilliseconds] = [2, 500];

const objects = (list: string[]) => {
  const starts: number[] = [];
  let text = '%PDF-1.7\n';
  for (const [index, object] of list.entries()) {
    starts.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const entries = starts.map(start => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  const size = list.length + 1;
  return `${text}xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF`;
};

const doublingTree = objects([
  '<</Type/Catalog/Pages 2 0 R>>',
  ...Array.from({ length: 30 }, (_, level) => {
    const next = level + 3;
    return `<</Type/Pages/Kids[${next} 0 R ${next} 0 R]/Count 2/Parent ${level + 1} 0 R>>`;
  }),
  '<</Type/Page/Parent 31 0 R/MediaBox[0 0 9 9]>>',
]);
const formInItself = objects([
  '<</Type/Catalog/Pages 2 0 R>>',
  '<</Type/Pages/Kids[3 0 R]/Count 1>>',
  '<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 900]/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R>>',
  '<</Length 5>>stream\n/F Do\nendstream',
  '<</Type/XObject/Subtype/Form/BBox[0 0 900 900]/Resources<</XObject<</F 5 0 R>>>>/Length 29>>stream\n/F Do /F Do /F Do /F Do /F Do\nendstream',
]);
const script = (code: string) => ({ html: `<script>${code}</script>x` });

const hostile: [path: string, body: object][] = [
  ['/v1/pdf/convert/from/html', { html: 'x', header: '<a class=date'.repeat(2000) }],
  ['/v1/pdf/convert/from/html', script(`Object.defineProperty(document,'title',{get:()=>'\\u0001'.repeat(120e6)})`)],
  ['/v1/pdf/convert/from/html', script(`console.log('\\u0001'.repeat(120e6))`)],
  ['/v1/pdf/convert/from/html', script(`Object.defineProperty(document,'title',{get:()=>{for(;;);}})`)],
  ['/v1/pdf/convert/from/html', script('for(;;);')],
  ['/v1/pdf/convert/from/html', script('const a=[];for(;;)a.push(new Uint8Array(2**20).fill(1))')],
  ['/v1/pdf/convert/from/html', { html: '{{#__proto__}}{{list.push}}{{/__proto__}}', templateData: '{"list":[]}' }],
  ['/v1/pdf/convert/from/html', { html: 'x', templateData: '"'.repeat(100_000) }],
  ['/v1/pdf/info', { url: `http://h.invalid/${'/'.repeat(100_000)}x` }],
  ['/v1/file/hash', { url: 'http://%zz:x@h.invalid/' }],
];

describe('a company that sends everything bad at once', () => {
  let machine: Machine;
  let hostileKey: string;
  const admin = (...args: string[]) =>
    JSON.parse(
      execFileSync(process.execPath, ['cli/main.ts', 'admin', ...args, '--data', machine.data, '--json'], {
        cwd: root,
        encoding: 'utf8',
      }),
    );
  const post = async (key: string, path: string, body: object) => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const url = machine.facts.endpoint + path;
    return await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  };
  const keep = async (key: string, pdf: string): Promise<string> => {
    const file = Buffer.from(pdf, 'latin1').toString('base64');
    return ((await (await post(key, '/v1/file/upload/base64', { file, name: 'a.pdf' })).json()) as { url: string }).url;
  };
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
    admin('company', 'create', '--company', 'hostile', '--name', 'Hostile');
    hostileKey = admin('key', 'create', '--company', 'hostile', '--scope', 'print').key;
  });
  afterAll(() => machine.remove());

  it("neither loses nor slows another company's work beyond twice its usual time", async () => {
    const { key } = machine.facts;
    const url = await keep(
      key,
      objects([
        '<</Type/Catalog/Pages 2 0 R>>',
        '<</Type/Pages/Kids[3 0 R]/Count 1>>',
        '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>',
      ]),
    );
    const usual: [path: string, body: object][] = [
      ['/v1/pdf/convert/from/html', { html: '<h1>Invoice</h1><p>10.00' }],
      ['/v1/pdf/info', { url }],
      ['/v1/pdf/convert/to/png', { url }],
      ['/v1/account/credit/balance', {}],
    ];
    /** The 95th percentile of A's calls until then. Each must succeed. */
    const workUntil = async (end: number): Promise<number> => {
      const took: number[] = [];
      while (Date.now() < end) {
        for (const [path, body] of usual) {
          const start = performance.now();
          const response = path.includes('balance')
            ? await machine.call('GET', path, undefined, { 'x-api-key': key })
            : await post(key, path, body);
          expect([path, response.status, response.ok ? '' : await response.text()]).toEqual([path, 200, '']);
          took.push(performance.now() - start);
          await sleep(50);
        }
      }
      return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] as number;
    };
    await workUntil(Date.now() + 3000);

    const quiet = await workUntil(Date.now() + quietMilliseconds);
    const inputs = [
      ...hostile,
      ['/v1/pdf/info', { url: await keep(hostileKey, doublingTree) }],
      ['/v1/pdf/convert/to/png', { url: await keep(hostileKey, formInItself) }],
    ] as typeof hostile;
    const end = Date.now() + hostileMilliseconds;
    const statuses: number[] = [];
    const attack = async (first: number) => {
      for (let turn = first; Date.now() < end; turn++) {
        const [path, body] = inputs[turn % inputs.length] as (typeof inputs)[number];
        // what is refused comes at once, and a loop of refusals would measure the client
        statuses.push((await post(hostileKey, path, { ...body, async: turn % 2 === 0 })).status);
        await sleep(20);
      }
    };
    const attacks = Array.from({ length: loops }, (_, loop) => attack(loop * 2));
    const noisy = await workUntil(end);
    await Promise.allSettled(attacks);

    console.log({ quiet, noisy, attacks: statuses.length });
    expect(statuses.filter(status => status >= 500 && status !== 503)).toEqual([]);
    expect(noisy).toBeLessThan(quiet * factor + slackMilliseconds);
    expect(machine.output).not.toContain('unhandled-rejection');
  }, 240_000);
});
