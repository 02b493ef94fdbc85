import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/*
 * Suppressed cdk-nag findings, each with its reason. Every suppression names one finding: a new wildcard is reported
 * again.
 */

const known = (value: string, placeholder: string) => (Token.isUnresolved(value) ? placeholder : value);

/** The beginning of an ARN, with placeholders in a template for any account and region. */
const iotPlace = ({ partition, region, account }: Stack) =>
  `arn:${known(partition, '<AWS::Partition>')}:iot:${known(region, '<AWS::Region>')}:${known(account, '<AWS::AccountId>')}`;

const anyKey = 'Document keys contain company ids and random tokens; the pattern permits nothing else.';
const anyRelay = 'Relays are created at run time; the names of their things and certificates are not known in advance.';

interface Optional {
  isGradual: boolean;
  hasCanary: boolean;
  isCopied: boolean;
}

export function suppressFindings(
  stack: Stack,
  relayPrefix: string,
  { isGradual, hasCanary, isCopied }: Optional,
): void {
  const wildcards: Record<string, string> = {
    '<Bucket.Arn>/companies/*/documents/*': anyKey,
    '<Bucket.Arn>/companies/*/outputs/*/*': anyKey,
    '<Bucket.Arn>/companies/*/conversions/*/*': anyKey,
    '<Bucket.Arn>/uploads/*': anyKey,
    '<Bucket.Arn>/uploads/*/*/file': anyKey,
    [`${iotPlace(stack)}:topic/platen/relays/${relayPrefix}*/down`]:
      'Functions publish to every relay of the environment.',
    [`${iotPlace(stack)}:cert/*`]: anyRelay,
    [`${iotPlace(stack)}:thing/${relayPrefix}*`]: anyRelay,
  };
  for (const [resource, reason] of Object.entries(wildcards)) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
  const findings: [path: string, id: string, reason: string][] = [
    [
      'Functions/relay-role',
      'AwsSolutions-IAM5[Resource::*]',
      'These actions of AWS IoT have no resource types; see statements.ts.',
    ],
    [
      'Functions/events-role',
      'AwsSolutions-IAM5[Resource::*]',
      'ListStreams does not support resource-level permissions.',
    ],
    [
      'Bucket',
      'AwsSolutions-S1',
      'Functions’ roles and short-lived presigned addresses read documents; the API logs the requests for them.',
    ],
    ['Api', 'AwsSolutions-APIG4', 'Each dialect sends its key in its own way; functions authenticate requests.'],
    ['Api', 'Serverless-APIGWDefaultThrottling', 'Each route has a throttle; that of status polling is higher.'],
    ['Queues', 'Serverless-SQSRedrivePolicy', 'These are the dead-letter queues; every other queue has one.'],
    ['Functions', 'Serverless-LambdaDLQ', 'Only the schedule invokes a function asynchronously.'],
    [
      'Functions',
      'Serverless-LambdaTracing',
      'Logs carry job and message ids; traces would cost more than the invocations.',
    ],
    [
      'Functions',
      'Serverless-LambdaEventSourceMappingDestination',
      'The redrive policy of a queue keeps failed messages, and the streams repeat until their records expire.',
    ],
    ['Alarms', 'Serverless-SNSRedrivePolicy', 'An e-mail that cannot be delivered gains nothing from a queue.'],
    ['Workers/sweep', 'Serverless-EventBusDLQ', 'The next invocation, a minute later, does the work of a lost one.'],
  ];
  if (isGradual) {
    findings.push([
      'GradualDeployments/role',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'AWS maintains what CodeDeploy needs to shift the traffic of an alias.',
    ]);
  }
  if (isCopied) {
    findings.push([
      'RegistryCopy',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      'AWS maintains what AWS Backup needs to back up a table.',
    ]);
  }
  if (hasCanary) {
    const nextPage = 'A page that is lost is an alarm if the next ones are; the next minute prints another.';
    findings.push(
      ['Canary', 'Serverless-LambdaDLQ', nextPage],
      ['Canary', 'Serverless-EventBusDLQ', nextPage],
      ['Canary', 'Serverless-LambdaTracing', 'The trace of its job has each step with its time.'],
    );
  }
  for (const [path, id, reason] of findings) {
    const target = path.split('/').reduce<IConstruct>((scope, name) => scope.node.findChild(name), stack);
    Validations.of(target).acknowledge({ id, reason });
  }
}
