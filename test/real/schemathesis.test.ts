import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../doubles/machine.ts';
import { pythonEnvironment } from '../../scripts/python-environment.ts';

/*
 * Schemathesis reads the OpenAPI document of a running server and calls every operation with thousands of generated
 * requests, valid and not: no server error, no status and no answer that the document does not describe.
 */

/**
 * Without `negative_data_rejection`: members that are `null` or `""` count as absent, for clients that send all members of
 * their objects, and it takes that for a defect. `test/unit/contracts` has the values that are refused.
 */
const checks = [
  ...['not_a_server_error', 'status_code_conformance', 'response_schema_conformance'],
  ...['content_type_conformance', 'response_headers_conformance', 'ignored_auth'],
];
/** They would end what the other operations need, so they are called when those are done. */
const last = ['revokeKey', 'revokeRelay', 'deleteLocation', 'deletePrinter'];
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

  // no operation follows from those that end something
  const runs = [['--exclude-operation-id'], ['--include-operation-id', '--phases', 'coverage,fuzzing']];
  for (const [option = '', ...options] of runs) {
    const outcome = await promisify(execFile)(
      join(programs, 'schemathesis'),
      [
        ...['--config-file', config, 'run', `${endpoint}/openapi.json`, '--header', `Authorization: Bearer ${key}`],
        ...['--checks', checks.join(), '--max-examples', '10', '--seed', '1', '--no-color', '--max-failures', '20'],
        ...last.flatMap(id => [option, id]),
        ...options,
      ],
      { cwd: machine.data, maxBuffer: 64 * 1024 * 1024, timeout: runMilliseconds },
    ).catch(error => error as { stdout: string; code: number });

    expect('code' in outcome ? outcome.stdout.slice(-8000) : '').toBe('');
    expect(outcome.stdout).toMatch(
      option === '--exclude-operation-id' ? /[1-9]\d{2,} generated/ : /[1-9]\d* generated/,
    );
  }
  await rm(config);
});
