import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/*
 * `npm run mutate -- AREA`: breaks the product at random places, one at a time, and counts which breaks a unit test
 * notices. For developers: it takes minutes. Stryker has 200 packages, so it is a package of its own, installed at first
 * use.
 */

/** The files that are broken, and the tests that may notice. */
const areas: Record<string, { files: string[]; tests: string[] }> = {
  contracts: {
    files: ['shared/contracts/**/*.ts'],
    tests: ['test/unit/contracts/**/*.test.ts', 'test/unit/client/**/*.test.ts'],
  },
  usecases: {
    files: ['shared/core/usecases/**/*.ts'],
    tests: ['test/unit/core/**/*.test.ts', 'test/unit/contracts/**/*.test.ts', 'test/unit/handlers/*.test.ts'],
  },
  domain: {
    files: ['shared/core/domain/*.ts'],
    tests: ['test/unit/core/**/*.test.ts'],
  },
  handlers: {
    files: ['shared/handlers/*.ts', 'functions/*.ts'],
    tests: ['test/unit/{handlers,functions,contracts,server}/**/*.test.ts'],
  },
  embedded: {
    files: ['shared/adapters/embedded/**/*.ts'],
    tests: ['test/unit/adapters/embedded/**/*.test.ts', 'test/ports/embedded.test.ts', 'test/unit/power-cut.test.ts'],
  },
  aws: {
    files: ['shared/adapters/aws/**/*.ts'],
    tests: ['test/unit/adapters/aws/**/*.test.ts', 'test/ports/strict-aws.test.ts'],
  },
  relay: { files: ['relay/*.ts'], tests: ['test/unit/relay/*.test.ts', 'test/unit/power-cut.test.ts'] },
  printers: {
    files: ['relay/printers/*.ts', 'relay/ipp-client/*.ts', 'shared/ipp/*.ts'],
    tests: ['test/unit/relay/**/*.test.ts', 'test/unit/ipp/**/*.test.ts', 'test/unit/power-cut.test.ts'],
  },
  infra: { files: ['infra/*.ts'], tests: ['test/unit/infra/*.test.ts'] },
};

const root = resolve(import.meta.dirname, '../..');
const options = { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '50' } } as const;
const { positionals, values } = parseArgs({ allowPositionals: true, options });
const area = areas[positionals[0] ?? ''];

if (area) mutate(area);
else {
  console.error(`Usage: npm run mutate -- AREA [--seed 1] [--count 50]\nAreas: ${Object.keys(areas).join(', ')}.`);
  process.exitCode = 2;
}

function mutate({ files, tests }: { files: string[]; tests: string[] }): void {
  const installed = join(import.meta.dirname, 'node_modules');
  if (!existsSync(installed))
    spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: 'inherit' });
  const folder = join(root, 'coverage/mutate');
  mkdirSync(folder, { recursive: true });
  const [stryker, vitest] = [join(folder, 'stryker.config.json'), join(folder, 'vitest.config.ts')];
  writeFileSync(
    vitest,
    `export default { test: { include: ${JSON.stringify(tests)}, setupFiles: ['test/quiet.ts'], testTimeout: 120000, hookTimeout: 120000, retry: 1 } };\n`,
  );
  writeFileSync(stryker, JSON.stringify(settings(files, vitest), null, 2));
  const env = { ...process.env, MUTATE_SEED: values.seed, MUTATE_COUNT: values.count };
  const binary = join(installed, '@stryker-mutator/core/bin/stryker.js');
  process.exitCode =
    spawnSync(process.execPath, [binary, 'run', stryker], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

function settings(files: string[], vitestConfig: string): object {
  return {
    mutate: files,
    testRunner: 'vitest',
    vitest: { configFile: vitestConfig, related: false },
    plugins: [
      join(import.meta.dirname, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js'),
      join(import.meta.dirname, 'sample.js'),
    ],
    checkers: ['sample'],
    coverageAnalysis: 'perTest',
    // TypeScript 7 has no JavaScript API; Node strips the types
    tsconfigFile: 'none',
    mutator: { excludedMutations: ['StringLiteral'] },
    concurrency: 1,
    timeoutMS: 15_000,
    dryRunTimeoutMinutes: 30,
    tempDirName: 'coverage/mutate/sandbox',
    ignorePatterns: ['coverage', 'dist', 'cdk.out', 'data', '.venv', 'scripts/mutate/node_modules'],
    reporters: ['clear-text', 'json'],
    clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: true },
    jsonReporter: { fileName: 'coverage/mutate/report.json' },
    disableTypeChecks: false,
  };
}
