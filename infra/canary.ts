import { join } from 'node:path';
import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as Lambda, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { canaryVariables, metricNamespaceVariable } from '../shared/protocol/config.ts';
import type { Environment } from './environments.ts';

interface CanaryProps {
  name: string;
  environment: Environment;
  dataKey?: Key;
  settings: NonNullable<Environment['canary']>;
  codeFolder: string;
  /** by which clients reach the API */
  url: string;
  metricNamespace: string;
}

const period = Duration.minutes(1);

/**
 * Prints a page a minute as customers do: through the public API, and a relay that runs in the function. It has no rights but
 * to log; all it holds is the key of its company.
 */
export class Canary extends Construct {
  /** milliseconds of each page that came out; none for one that did not */
  readonly pages: Metric;
  readonly slowMilliseconds: number;

  constructor(scope: Construct, props: CanaryProps) {
    super(scope, 'Canary');
    const { metricNamespace: namespace, settings } = props;
    this.pages = new Metric({ namespace, metricName: 'canaryTime', statistic: 'Maximum', period });
    this.slowMilliseconds = settings.slowSeconds * 1000;
    new Rule(this, 'schedule', {
      description: 'Prints the page of the canary',
      schedule: Schedule.rate(period),
      targets: [new LambdaFunction(this.#makeFunction(props), { retryAttempts: 0 })],
    });
  }

  #makeFunction({ name, environment, dataKey, settings, codeFolder, url, metricNamespace }: CanaryProps): Lambda {
    const logGroup = new LogGroup(this, 'log', {
      logGroupName: `/platen/${name}/canary`,
      encryptionKey: dataKey,
      retention: environment.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [logGroup.logGroupArn] }));
    return new Lambda(this, 'function', {
      description: `Platen ${name}: canary`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(codeFolder, 'canary')),
      handler: 'index.handler',
      timeout: period,
      memorySize: 512,
      environment: {
        [metricNamespaceVariable]: metricNamespace,
        [canaryVariables.url]: url,
        [canaryVariables.key]: SecretValue.secretsManager(settings.keySecret).unsafeUnwrap(),
      },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      role,
      // one page at a time, and one relay
      reservedConcurrentExecutions: 1,
    });
  }
}
