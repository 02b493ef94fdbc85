import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    tests: ['test/unit/{core,contracts,functions,handlers,telemetry}/**/*.test.ts'],
  },
  domain: {
    files: ['shared/core/domain/*.ts'],
    tests: ['test/unit/{core,contracts}/**/*.test.ts', 'test/unit/adapters/convert/paper-size.test.ts'],
  },
  // the canary is run by its end-to-end test only
  handlers: {
    files: ['shared/handlers/*.ts', 'functions/*.ts', '!functions/canary.ts'],
    tests: [
      'test/unit/{handlers,functions,contracts,server}/**/*.test.ts',
      'test/unit/adapters/aws/remote-converter.test.ts',
    ],
  },
  embedded: {
    files: ['shared/adapters/embedded/**/*.ts'],
    tests: ['test/unit/adapters/embedded/**/*.test.ts', 'test/ports/embedded.test.ts', 'test/unit/power-cut.test.ts'],
  },
  aws: {
    files: ['shared/adapters/aws/**/*.ts'],
    tests: [
      'test/unit/adapters/aws/**/*.test.ts',
      'test/ports/strict-aws.test.ts',
      'test/unit/core/usecases/upkeep/sweep.test.ts',
      'test/unit/functions/events.property.test.ts',
    ],
  },
  web: { files: ['shared/adapters/web/*.ts'], tests: ['test/unit/adapters/web/*.test.ts'] },
  // what starts processes is run by end-to-end tests only
  server: {
    files: ['server/*.ts', '!server/{main,server,relay-process}.ts'],
    tests: ['test/unit/server/*.test.ts', 'test/unit/handlers/key-rate.test.ts'],
  },
  // the entry point is run as a process only
  relay: {
    files: ['relay/*.ts', '!relay/main.ts'],
    tests: ['test/unit/relay/*.test.ts', 'test/unit/power-cut.test.ts'],
  },
  printers: {
    files: ['relay/printers/*.ts', 'relay/ipp-client/*.ts', 'shared/ipp/*.ts'],
    tests: [
      'test/unit/relay/{printers,ipp-client}/*.test.ts',
      'test/unit/ipp/*.test.ts',
      'test/unit/power-cut.test.ts',
    ],
  },
  // the entry point is run by `cdk synth` only
  infra: { files: ['infra/*.ts', '!infra/main.ts'], tests: ['test/unit/infra/*.test.ts'] },
};

/** Milliseconds for a test, on a busy machine too: a fault that makes it wait for ever takes as long. */
const testMilliseconds = 30_000;
/** Beyond four times what the tests take without a fault: only an endless loop lasts longer, on a busy machine too. */
const faultMilliseconds = 60_000;

const root = resolve(import.meta.dirname, '../..');
const options = { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '50' } } as const;
const { positionals, values } = parseArgs({ allowPositionals: true, options });
const [name = ''] = positionals;
const area = areas[name];

if (area) mutate(area);
else {
  console.error(`Usage: npm run mutate -- AREA [--seed 1] [--count 50]\nAreas: ${Object.keys(areas).join(', ')}.`);
  process.exitCode = 2;
}

function mutate({ files, tests }: { files: string[]; tests: string[] }): void {
  const installed = join(import.meta.dirname, 'node_modules');
  if (!existsSync(installed))
    spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: 'inherit' });
  const folder = join(root, 'coverage/mutate', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [stryker, vitest] = [join(folder, 'stryker.config.json'), join(folder, 'vitest.config.ts')];
  const report = join(folder, 'report.json');
  // files share modules as in the project `unit`; a second try, so that a busy machine is not taken for a fault
  const test = {
    include: tests,
    isolate: false,
    setupFiles: ['test/quiet.ts'],
    testTimeout: testMilliseconds,
    hookTimeout: testMilliseconds,
    retry: 1,
  };
  writeFileSync(vitest, `export default ${JSON.stringify({ test })};\n`);
  writeFileSync(stryker, JSON.stringify(settings(files, { folder, vitest, report }), null, 2));
  const env = { ...process.env, MUTATE_SEED: values.seed, MUTATE_COUNT: values.count };
  const binary = join(installed, '@stryker-mutator/core/bin/stryker.js');
  const { status } = spawnSync(process.execPath, [binary, 'run', stryker], { cwd: root, env, stdio: 'inherit' });
  if (status === 0) printScore(JSON.parse(readFileSync(report, 'utf8')));
  process.exitCode = status ?? 1;
}

function settings(files: string[], { folder, vitest, report }: Record<'folder' | 'vitest' | 'report', string>): object {
  return {
    mutate: files,
    testRunner: 'vitest',
    vitest: { configFile: vitest, related: false },
    plugins: [
      join(import.meta.dirname, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js'),
      join(import.meta.dirname, 'sample.js'),
    ],
    checkers: ['sample'],
    coverageAnalysis: 'perTest',
    // TypeScript 7 has no JavaScript API; Node strips the types
    tsconfigFile: 'none',
    mutator: { excludedMutations: ['StringLiteral'] },
    concurrency: 2,
    timeoutMS: faultMilliseconds,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 30,
    tempDirName: join(folder, 'sandbox'),
    ignorePatterns: ['coverage', 'dist', 'cdk.out', 'data', '.venv', 'scripts/mutate/node_modules'],
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
    jsonReporter: { fileName: report },
    disableTypeChecks: false,
  };
}

interface Report {
  files: Record<string, { mutants: { status: string }[] }>;
}

/** A fault that makes a test hang, or a file of tests fail as a whole (`RuntimeError`), is noticed, too. */
function printScore({ files }: Report): void {
  const all = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...statuses: string[]) => all.filter(status => statuses.includes(status)).length;
  const [killed, alive] = [count('Killed', 'Timeout', 'RuntimeError'), count('Survived', 'NoCoverage')];
  const share = ((100 * killed) / (killed + alive)).toFixed(0);
  console.log(`${name}: unit tests notice ${killed} of ${killed + alive} faults, ${share} %.`);
}
