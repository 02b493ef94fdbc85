import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';

describe('a request with a body', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.make();
    await machine.start();
  });
  afterAll(() => machine.remove());

  /** Sends headers and no body; the first line of the answer. */
  function announce(...headers: string[]): Promise<string> {
    const { hostname, port } = new URL(machine.facts.endpoint);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('data', answer => {
        resolve(answer.toString().split('\r\n')[0] ?? '');
        socket.destroy();
      });
      socket.once('error', reject);
      socket.write(`${[...headers, 'Host: x', 'Content-Length: 1000000'].join('\r\n')}\r\n\r\n`);
    });
  }

  it.each([
    ['without a key', 'POST /api/v1/printHtml/print HTTP/1.1', []],
    ['with a wrong key', 'PUT /api/putfile HTTP/1.1', ['Authorization: Bearer wrong']],
    ['with a wrong key of PDF.co', 'POST /v1/pdf/info HTTP/1.1', ['x-api-key: wrong']],
  ])('%s is refused before it is sent', async (_title, line, headers) => {
    expect(await announce(line, ...headers)).toMatch(/ (200|401) /);
  });

  it.each(['Expect:', 'Expect: 200-ok'])('and "%s" is answered like one without', async expectation => {
    expect(await announce('PUT /api/putfile HTTP/1.1', 'Authorization: Bearer wrong', expectation)).toMatch(/ 401 /);
  });

  it('to no route is refused before it is sent', async () => {
    expect(await announce('POST /nowhere HTTP/1.1')).toMatch(/ 40[145] /);
  });

  it('for anyone is short', async () => {
    expect(await announce('POST /platen/v1/relays/enrol HTTP/1.1')).toMatch(/ 413 /);
  });

  it('is answered with 429 after a hundred wrong keys of its address, and right keys are not', async () => {
    const { endpoint } = machine.facts;
    const wrong = () => fetch(`${endpoint}/platen/v1/jobs`, { headers: { authorization: 'Bearer wrong' } });
    const statuses = [];
    for (let tries = 0; tries < 105; tries++) statuses.push((await wrong()).status);

    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    expect((await machine.call('GET', '/platen/v1/jobs')).status).toBe(200);
  });

  it('has the same protective headers on every answer', async () => {
    for (const path of ['/api/version', '/platen/v1/jobs', '/nowhere', '/v1/account/credit/balance']) {
      const { headers } = await machine.call('GET', path);
      expect([path, headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
        path,
        'nosniff',
        'no-store',
      ]);
    }
  });
});
