import { type Stack, Token, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/*
 * Findings of cdk-nag that stand, each with the reason. They name what they are about: a wildcard that comes anew is
 * found anew.
 */

/** What comes out of a template that is for any account and region. */
const place = ({ region, account }: Stack) =>
  `${Token.isUnresolved(region) ? '<AWS::Region>' : region}:${Token.isUnresolved(account) ? '<AWS::AccountId>' : account}`;

const anyKey = 'Keys of documents hold companies and random tokens; the pattern leaves nothing else open.';
const anyRelay = 'Relays come and go; their things and certificates have names of AWS IoT’s or of chance.';

export function acknowledgeFindings(stack: Stack): void {
  const wildcards: Record<string, string> = {
    '<Bucket.Arn>/companies/*/documents/*': anyKey,
    '<Bucket.Arn>/companies/*/outputs/*/*': anyKey,
    '<Bucket.Arn>/companies/*/conversions/*/*': anyKey,
    '<Bucket.Arn>/uploads/*': anyKey,
    [`arn:<AWS::Partition>:iot:${place(stack)}:topic/platen/relays/*/down`]: 'Functions speak to every relay.',
    [`arn:<AWS::Partition>:iot:${place(stack)}:cert/*`]: anyRelay,
    [`arn:<AWS::Partition>:iot:${place(stack)}:thing/*`]: anyRelay,
  };
  for (const [resource, reason] of Object.entries(wildcards)) {
    Validations.of(stack).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
  const findings: [path: string, id: string, reason: string][] = [
    [
      'Functions/print-role',
      'AwsSolutions-IAM5[Resource::*]',
      'CreateCertificateFromCsr and DescribeEndpoint know no resources.',
    ],
    [
      'Functions/relay-role',
      'AwsSolutions-IAM5[Resource::*]',
      'CreateCertificateFromCsr and DescribeEndpoint know no resources.',
    ],
    [
      'RelayLink/role',
      'AwsSolutions-IAM5[Resource::*]',
      'PutMetricData knows no resources; the condition names the namespace.',
    ],
    ['Bucket', 'AwsSolutions-S1', 'Reads go by addresses that functions sign and log; a log of them would cost more.'],
    ['Api', 'AwsSolutions-APIG4', 'Each dialect carries its key in its own way; functions recognise it.'],
    ['Api', 'Serverless-APIGWDefaultThrottling', 'Routes are limited one by one: status polling never is.'],
    ['Queues', 'Serverless-SQSRedrivePolicy', 'Dead-letter queues are the end; every other queue has one.'],
    ['Functions', 'Serverless-LambdaDLQ', 'Nothing calls these functions asynchronously but the clock.'],
    ['Functions', 'Serverless-LambdaTracing', 'Logs carry ids; traces would cost more than the calls they tell of.'],
    [
      'Functions',
      'Serverless-LambdaEventSourceMappingDestination',
      'A queue’s redrive policy keeps what fails; destinations are for streams.',
    ],
    ['Alarms', 'Serverless-SNSRedrivePolicy', 'A mail that cannot be delivered is no better off in a queue.'],
    ['Workers/sweep', 'Serverless-EventBusDLQ', 'A lost call is made good by the next, a minute later.'],
  ];
  for (const [path, id, reason] of findings) {
    const target = path.split('/').reduce<IConstruct>((scope, name) => scope.node.findChild(name), stack);
    Validations.of(target).acknowledge({ id, reason });
  }
}
