import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { type EnvironmentName, environmentNames, environments } from './environments.ts';
import { addStacks } from './stacks.ts';

/** Synthesizes all environments, or with `-c env=NAME` one. */
const app = new App();
const asked = app.node.tryGetContext('env') as EnvironmentName | undefined;
if (asked && !environmentNames.includes(asked))
  throw new Error(`Unknown environment "${asked}": use one of ${environmentNames.join(', ')}.`);

const codeFolder = join(import.meta.dirname, '../dist/functions');
for (const name of asked ? [asked] : environmentNames) addStacks(app, name, environments[name], codeFolder);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
