import { CfnOutput, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  allowFetchVariable,
  documentDaysVariable,
  frontVariables,
  keyRateVariable,
  metricNamespaceVariable,
  queueUrlVariable,
  relayHostVariable,
  sentQueues,
  variables,
} from '../shared/protocol/config.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { makeBucket } from './bucket.ts';
import { makeBudget } from './budget.ts';
import { Canary } from './canary.ts';
import { makeDashboard } from './dashboard.ts';
import { makeDataKey } from './data-key.ts';
import type { Environment } from './environments.ts';
import { addEventStreams } from './event-streams.ts';
import { Functions } from './functions.ts';
import { GradualDeployments } from './gradual-deployments.ts';
import { makeKeyringKey } from './keyring-key.ts';
import { suppressFindings } from './nag-suppressions.ts';
import { Queues } from './queues.ts';
import { RegistryCopy } from './registry-copy.ts';
import { RelayLink } from './relay-link.ts';
import { Tables } from './tables.ts';
import { Workers } from './workers.ts';

interface ServiceStackProps extends StackProps {
  /** the environment's name, a prefix of resource names, such as `dev` */
  name: string;
  environment: Environment;
  codeFolder: string;
}

/**
 * Platen in AWS:
 *
 *   client ── Api ── Functions ──┬── Tables, Bucket
 *                       │        └── Queues ── Workers ── Functions
 *                       │                                     │
 *   relay ── RelayLink ─┴─ relay-events queue                 └── relay's topic
 */
export class ServiceStack extends Stack {
  /** of the API, and of the store that browsers send documents to */
  readonly origins: { api: string; store: string };

  constructor(scope: Construct, { name, environment, codeFolder, ...props }: ServiceStackProps) {
    super(scope, `platen-${name}`, props);
    const dataKey = makeDataKey(this, name, environment);
    const tables = new Tables(this, environment, dataKey).byName;
    const bucket = makeBucket(this, environment, dataKey);
    const keyringKey = makeKeyringKey(this, environment);
    const queues = new Queues(this, dataKey);
    const relayLink = new RelayLink(this, { name, environment, dataKey, queues: queues.byName });

    const named: Record<string, string> = {
      [variables.jobsTable]: tables.jobs.tableName,
      [variables.uploadsTable]: tables.uploads.tableName,
      [variables.registryTable]: tables.registry.tableName,
      [variables.eventsTable]: tables.events.tableName,
      [variables.bucket]: bucket.bucketName,
      [variables.keyringKey]: keyringKey.keyArn,
      [variables.relayPolicy]: relayLink.policyName,
      [variables.relayRule]: relayLink.upRuleName,
      [variables.relayPrefix]: relayLink.relayIds.prefix,
    };
    for (const queue of sentQueues) named[queueUrlVariable(queue)] = queues.byName[queue].queueUrl;
    const functions = new Functions(this, {
      name,
      environment,
      codeFolder,
      dataKey,
      granted: { tables, bucket, keyringKey, queues: queues.byName, relayIds: relayLink.relayIds },
      variables: {
        ...named,
        ...frontOf(environment),
        ...(environment.relayDomain && { [relayHostVariable]: environment.relayDomain.name }),
        [keyRateVariable]: String(environment.keyRate),
        [documentDaysVariable]: String(environment.documentDays),
      },
      commonVariables: {
        [allowFetchVariable]: environment.allowFetch.join(','),
        [metricNamespaceVariable]: relayLink.metricNamespace,
      },
    });
    new Workers(this, { functions: functions.called, queues: queues.byName });
    addEventStreams(tables, functions.byName.events);
    const api = new Api(this, { name, environment, dataKey, functions: functions.called });

    this.origins = { api: api.url, store: `https://${bucket.bucketRegionalDomainName}` };

    const publicUrl = environment.firewall ? `https://${environment.firewall.domainName}` : api.url;
    const { metricNamespace } = relayLink;
    const canary =
      environment.canary &&
      new Canary(this, {
        name,
        environment,
        dataKey,
        settings: environment.canary,
        codeFolder,
        url: publicUrl,
        metricNamespace,
      });

    const watched = { name, environment, dataKey, api, functions, queues, relayLink, canary };
    const alarms = new Alarms(this, watched);
    makeDashboard(this, watched, alarms);
    new GradualDeployments(this, { aliases: functions.aliases, alarms: alarms.all });

    const { registryCopyVault } = environment;
    if (registryCopyVault) new RegistryCopy(this, tables.registry, registryCopyVault, environment);
    makeBudget(this, name, environment);
    for (const [key, value] of Object.entries(environment.tags)) Tags.of(this).add(key, value);
    // the descriptions are the variable names of functions: the CLI reads its configuration from them
    for (const [variable, value] of Object.entries(named)) {
      new CfnOutput(this, outputOf(variable), { value, description: variable });
    }
    for (const [queue, { queueUrl, queueArn }] of Object.entries(queues.deadLetters)) {
      new CfnOutput(this, outputOf(`dead_letters_${queue}_url`), { value: queueUrl });
      new CfnOutput(this, outputOf(`dead_letters_${queue}_arn`), { value: queueArn });
    }
    new CfnOutput(this, 'Url', { value: api.url, description: 'Address of the API for clients and relays' });
    suppressFindings(this, relayLink.relayIds.prefix, {
      isGradual: functions.aliases.size > 0,
      hasCanary: canary !== undefined,
      isCopied: registryCopyVault !== undefined,
    });
  }
}

function frontOf({ firewall }: Environment): Record<string, string> {
  if (!firewall) return {};
  return {
    [frontVariables.publicOrigin]: `https://${firewall.domainName}`,
    [frontVariables.originSecret]: firewall.originSecret,
  };
}

/** Output names are alphanumeric: `PLATEN_JOBS_TABLE` becomes `PlatenJobsTable`. */
function outputOf(variable: string): string {
  const words = variable.toLowerCase().split(/[_-]/);
  return words.map(word => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('');
}
