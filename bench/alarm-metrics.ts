import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { environments } from '../infra/environments.ts';
import { addStacks } from '../infra/stacks.ts';
import { functions } from '../shared/protocol/service-table.ts';

interface Resource {
  Type: string;
  Properties?: { Metrics?: { MetricStat?: object }[] };
}

/** The metrics that the alarms of `prod` look at: one, or those of an expression. */
export async function countAlarmMetrics(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'platen-alarms-'));
  try {
    for (const name of Object.keys(functions)) {
      await mkdir(join(folder, 'functions', name), { recursive: true });
      await writeFile(join(folder, 'functions', name, 'index.mjs'), '');
    }
    const app = new App({ outdir: join(folder, 'out') });
    const { artifactId } = addStacks(app, 'prod', environments.prod, join(folder, 'functions'));
    const { template } = app.synth().getStackArtifact(artifactId);
    return (Object.values(template.Resources) as Resource[])
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
      .map(({ Properties }) => Properties?.Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1)
      .reduce((sum, count) => sum + count, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}
