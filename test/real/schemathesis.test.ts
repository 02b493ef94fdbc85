import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';
import { pythonEnvironment } from '../../scripts/python-environment.ts';

/*
 * Schemathesis reads the OpenAPI document of a running server and calls every operation with thousands of generated
 * requests, valid and not: no server error, no status and no answer that the document does not describe. That invalid
 * requests are refused is tested elsewhere: `null` and `""` mean that nothing was said, which it takes for a defect.
 */

const checks = [
  ...['not_a_server_error', 'status_code_conformance', 'response_schema_conformance'],
  ...['content_type_conformance', 'response_headers_conformance', 'ignored_auth'],
];
/** They would end what the other operations need. */
const excluded = ['revokeKey', 'revokeRelay', 'deleteLocation', 'deletePrinter'];
const runMilliseconds = 10 * 60_000;

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.make();
  await machine.start();
});
afterAll(() => machine.remove());

it('answers generated requests as its OpenAPI document says', { timeout: runMilliseconds }, async () => {
  const programs = await pythonEnvironment(['schemathesis==4.32.5'], 'schemathesis');
  const { endpoint, key } = machine.facts;
  const config = join(machine.data, 'schemathesis.toml');
  await writeFile(config, '[warnings]\nenabled = false\n');

  const outcome = await promisify(execFile)(
    join(programs, 'schemathesis'),
    [
      ...['--config-file', config, 'run', `${endpoint}/openapi.json`, '--header', `Authorization: Bearer ${key}`],
      ...['--checks', checks.join(), '--max-examples', '10', '--seed', '1', '--no-color', '--max-failures', '20'],
      ...excluded.flatMap(id => ['--exclude-operation-id', id]),
    ],
    { cwd: machine.data, maxBuffer: 64 * 1024 * 1024, timeout: runMilliseconds },
  ).catch(error => error as { stdout: string; code: number });
  await rm(config);

  expect('code' in outcome ? outcome.stdout.slice(-8000) : '').toBe('');
  expect(outcome.stdout).toMatch(/[1-9]\d{2,} generated/);
});
