import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// unit: pure code and single adapters, under a minute. e2e: whole processes, npm alone.
// faults: kills, restored folders and clones by seed, minutes each.
// real: Debian's printers and browsers, see .ci/run. cloud: a deployed endpoint, see scripts/test-cloud.ts.
const project = (
  name: string,
  include: string[],
  testTimeout: number,
  options: TestProjectInlineConfiguration['test'] = {},
) => ({
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    allowOnly: false,
    retry: retries(name),
    ...options,
  },
});

// whole processes share a machine with what else runs there; a second try is shown as "retry x1"
const retries = (name: string) => (['e2e', 'real', 'cloud'].includes(name) ? 1 : 0);

const setupFiles = ['test/quiet.ts'];

export default defineConfig({
  test: {
    coverage: { include: ['{shared,functions,server,relay,cli,infra}/**/*.ts'], reporter: ['text-summary', 'html'] },
    projects: [
      project(
        'unit',
        ['test/unit/**/*.test.ts', 'test/ports/{embedded,strict-aws}.test.ts', 'test/architecture/**/*.test.ts'],
        20_000,
        {
          setupFiles,
          // files of a worker share loaded modules, which takes a third of the time away; what they open they close
          isolate: false,
          // more than processors, since tests also wait for sockets, child processes and deadlines
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 1 },
        },
      ),
      project('e2e', ['test/e2e/**/*.test.ts'], 120_000),
      project('faults', ['test/faults/**/*.test.ts'], 600_000, { setupFiles }),
      project('real', ['test/real/**/*.test.ts'], 180_000),
      project('cloud', ['test/ports/aws.test.ts', 'test/cloud/**/*.test.ts'], 180_000),
    ],
  },
});
