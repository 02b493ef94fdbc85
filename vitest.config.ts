import { defineConfig } from 'vitest/config';

// unit: pure code and single adapters, under a minute. e2e: whole processes, npm alone.
// real: Debian's printers and browsers, see .ci/run. cloud: a deployed endpoint, see scripts/test-cloud.ts.
const project = (name: string, include: string[], testTimeout: number) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout, allowOnly: false },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/ports/embedded.test.ts', 'test/architecture.test.ts'], 20_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 120_000),
      project('real', ['test/real/**/*.test.ts'], 180_000),
      project('cloud', ['test/ports/aws.test.ts', 'test/cloud/**/*.test.ts'], 180_000),
    ],
  },
});
