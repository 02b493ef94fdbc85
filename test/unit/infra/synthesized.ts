import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { type Environment, type EnvironmentName, environments } from '../../../infra/environments.ts';
import { ServiceStack } from '../../../infra/service-stack.ts';
import { functions } from '../../../shared/service-table.ts';
import type { Template } from './template.ts';

/** The app as `cdk synth` has it, with functions that do nothing: what they are made of is not looked at here. */
export function synthesize(
  name: EnvironmentName,
  changes: Partial<Environment> = {},
): { app: App; template: Template } {
  const folder = mkdtempSync(join(tmpdir(), 'platen-synth-'));
  try {
    for (const entry of Object.keys(functions)) {
      mkdirSync(join(folder, 'functions', entry), { recursive: true });
      writeFileSync(join(folder, 'functions', entry, 'index.mjs'), 'export const handler = () => undefined;');
    }
    const app = new App({ outdir: join(folder, 'out') });
    const environment = { ...environments[name], ...changes };
    const stack = new ServiceStack(app, { name, environment, codeFolder: join(folder, 'functions') });
    const { template } = app.synth().getStackArtifact(stack.artifactId);
    return { app, template };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
