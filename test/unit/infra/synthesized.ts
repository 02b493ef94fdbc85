import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import settings from '../../../cdk.json' with { type: 'json' };
import { type Environment, type EnvironmentName, environments } from '../../../infra/environments.ts';
import { addStacks } from '../../../infra/stacks.ts';
import { functions } from '../../../shared/protocol/service-table.ts';
import type { Template } from './template.ts';

export interface Synthesized {
  app: App;
  template: Template;
  /** if configured */
  firewall?: Template;
  console?: Template;
}

/** The app as synthesized by `cdk synth`, with empty functions, whose code is not tested here. */
export function synthesize(name: EnvironmentName, changes: Partial<Environment> = {}): Synthesized {
  const folder = mkdtempSync(join(tmpdir(), 'platen-synth-'));
  try {
    for (const entry of [...Object.keys(functions), 'canary']) {
      mkdirSync(join(folder, 'functions', entry), { recursive: true });
      writeFileSync(join(folder, 'functions', entry, 'index.mjs'), 'export const handler = () => undefined;');
    }
    const app = new App({ outdir: join(folder, 'out'), context: settings.context });
    const environment = { ...environments[name], ...changes };
    const { artifactId } = addStacks(app, name, environment, join(folder, 'functions'));
    const { stacks } = app.synth();
    const template = stacks.find(({ id }) => id === artifactId)?.template as Template;
    const other = (suffix: string) => stacks.find(({ id }) => id === `${artifactId}-${suffix}`)?.template as Template;
    return { app, template, firewall: other('firewall'), console: other('console') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
