import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { queues } from '../shared/protocol/service-table.ts';

/*
 * Suppressed cdk-nag findings, each with its reason. Every suppression names one finding: a new wildcard is reported
 * again.
 */

const known = (value: string, placeholder: string) => (Token.isUnresolved(value) ? placeholder : value);

type Finding = [path: string, id: string, reason: string];

/** The beginning of an ARN, with placeholders in a template for any account and region. */
const iotPlace = ({ partition, region, account }: Stack) =>
  `arn:${known(partition, '<AWS::Partition>')}:iot:${known(region, '<AWS::Region>')}:${known(account, '<AWS::AccountId>')}`;

const anyKey =
  'Keys of documents and segments contain company ids and random tokens; the pattern permits nothing else.';
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
  const wildcards: [path: string, resource: string, reason: string][] = [
    ['Functions', '<Bucket.Arn>/companies/*/documents/*', anyKey],
    ['Functions', '<Bucket.Arn>/companies/*/outputs/*/*', anyKey],
    ['Functions', '<Bucket.Arn>/companies/*/conversions/*/*', anyKey],
    ['Functions', '<Bucket.Arn>/uploads/*', anyKey],
    ['Functions', '<Bucket.Arn>/uploads/*/*/file', anyKey],
    [
      'Functions',
      `${iotPlace(stack)}:topic/platen/relays/${relayPrefix}*/down`,
      'Functions publish to every relay of the environment.',
    ],
    ['Functions/relay-role', `${iotPlace(stack)}:cert/*`, anyRelay],
    ['Functions/relay-role', `${iotPlace(stack)}:thing/${relayPrefix}*`, anyRelay],
    ['Functions/relay-role', '*', 'These actions of AWS IoT have no resource types; see statements.ts.'],
    ['Functions/events-role', '*', 'ListStreams does not support resource-level permissions.'],
  ];
  const findings: Finding[] = [
    ...wildcards.map(([path, resource, reason]): Finding => [path, `AwsSolutions-IAM5[Resource::${resource}]`, reason]),
    ...Object.keys(queues).map(
      (name): Finding => [
        `Queues/${name}-dead-letters`,
        'Serverless-SQSRedrivePolicy',
        'This is a dead-letter queue; every other queue has one.',
      ],
    ),
    [
      'Bucket',
      'AwsSolutions-S1',
      'Functions’ roles and short-lived presigned addresses read documents; the API logs the requests for them.',
    ],
    ['Api', 'AwsSolutions-APIG4', 'Each dialect sends its key in its own way; functions authenticate requests.'],
    ['Api/stage', 'Serverless-APIGWDefaultThrottling', 'Each route has a throttle; that of status polling is higher.'],
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
    ['Alarms/topic', 'Serverless-SNSRedrivePolicy', 'An e-mail that cannot be delivered gains nothing from a queue.'],
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
      'RegistryCopy/plan/registry/Role',
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
