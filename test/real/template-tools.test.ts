import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment } from '../../scripts/python-environment.ts';
import { everyTemplate } from '../unit/infra/every-template.ts';
import { listOf, resourcesOf, type Template, targetOf } from '../unit/infra/template.ts';

/*
 * Linters from outside this project read every template: cfn-lint knows CloudFormation's schemas, parliament which resources
 * each action of IAM takes.
 */

const requirements = ['cfn-lint==1.58.0', 'parliament==1.6.4', 'setuptools==80.9.0'];

/** Findings that remain, each with its reason. A finding that is not listed fails the test, and so does a reason without one. */
const explained: Record<string, string> = {
  W3005: 'CDK lets a function wait for its role’s policy by naming the role as well; redundant, and harmless.',
};

/** It takes half a minute of a quiet machine. */
const lintMilliseconds = 10 * 60_000;

const run = promisify(execFile);
let folder: string;
let programs: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'platen-templates-'));
  programs = await pythonEnvironment(requirements, 'cfn-lint');
});
afterAll(() => rm(folder, { recursive: true }));

const templates = Object.entries(everyTemplate).flatMap(([name, { template, firewall, console }]) =>
  Object.entries({ service: template, firewall, console })
    .filter(([, made]) => made)
    .map(([stack, made]) => ({ name: `${name} ${stack}`, template: made as Template })),
);

/** Both programs exit with another code than 0 when they find something. */
const outputOf = async (program: string, args: string[]): Promise<string> => {
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const { stdout, stderr } = await run(join(programs, program), args, options).catch(error => error);
  expect(stderr ?? '').not.toContain('Traceback');
  return stdout;
};

async function lint(made: { name: string; template: object }[]): Promise<{ id: string; text: string }[]> {
  const files = made.map(({ name }) => join(folder, `${name.replaceAll(' ', '-')}.json`));
  await Promise.all(made.map(({ template }, index) => writeFile(files[index] as string, JSON.stringify(template))));
  const found = JSON.parse(await outputOf('cfn-lint', ['--format', 'json', '--', ...files])) as {
    Rule: { Id: string };
    Message: string;
  }[];
  return found.map(({ Rule, Message }) => ({ id: Rule.Id, text: Message }));
}

describe('cfn-lint', () => {
  it('finds nothing in any template that is not explained', { timeout: lintMilliseconds }, async () => {
    const found = await lint(templates);

    expect(found.filter(({ id }) => !(id in explained))).toEqual([]);
    expect(Object.keys(explained).filter(id => !found.some(each => each.id === id))).toEqual([]);
  });

  it('would find a value that CloudFormation refuses', async () => {
    const Properties = { VisibilityTimeout: 50_000 };

    const found = await lint([
      { name: 'broken', template: { Resources: { A: { Type: 'AWS::SQS::Queue', Properties } } } },
    ]);

    expect(found.map(({ id }) => id)).toEqual(['E3034']);
  });
});

describe('parliament', () => {
  it('finds no statement in any template that grants nothing or too much', async () => {
    const policies = templates.flatMap(({ name, template }) =>
      resourcesOf(template, 'AWS::IAM::Policy').map(({ id, properties }) => ({
        name: `${name} ${id}`,
        document: resolved(properties.PolicyDocument, template),
      })),
    );

    expect(policies.length).toBeGreaterThan(60);
    expect(await auditOf(policies)).toEqual([]);
  });

  it('would find a resource that an action does not take', async () => {
    const Resource = 'arn:aws:iot:eu-central-1:111122223333:thing/x';
    const Statement = [{ Effect: 'Allow', Action: 'iot:AttachThingPrincipal', Resource }];

    const found = await auditOf([{ name: 'broken', document: { Version: '2012-10-17', Statement } }]);

    expect(found).toHaveLength(1);
    expect(found[0]).toContain('RESOURCE_MISMATCH');
  });
});

async function auditOf(policies: { name: string; document: unknown }[]): Promise<string[]> {
  const asked = await mkdtemp(join(folder, 'policies-'));
  for (const { name, document } of policies) {
    await writeFile(join(asked, `${name.replaceAll(' ', '-')}.json`), JSON.stringify(document));
  }
  const output = await outputOf('parliament', ['--directory', asked, '--json']);
  return output.split('\n').filter(line => line.startsWith('{'));
}

const place = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-central-1', 'AWS::AccountId': '111122223333' };

/** What each type's ARN looks like. */
const arns: Record<string, (id: string) => string> = {
  'AWS::DynamoDB::Table': id => `dynamodb:eu-central-1:111122223333:table/${id}`,
  'AWS::S3::Bucket': id => `s3:::${id.toLowerCase()}`,
  'AWS::SQS::Queue': id => `sqs:eu-central-1:111122223333:${id}`,
  'AWS::Lambda::Function': id => `lambda:eu-central-1:111122223333:function:${id}`,
  'AWS::KMS::Key': () => 'kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  'AWS::Logs::LogGroup': id => `logs:eu-central-1:111122223333:log-group:${id}:*`,
  'AWS::SNS::Topic': id => `sns:eu-central-1:111122223333:${id}`,
};

/** A policy with the values that a deployment would put in. */
function resolved(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map(each => resolved(each, template));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Record<string, never>;
  if (Ref) return place[Ref as keyof typeof place] ?? Ref;
  if (join) return listOf(resolved(join[1], template)).join(join[0]);
  if (attribute) return attributeOf(targetOf(value) as string, attribute[1], template);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each, template)]));
}

function attributeOf(id: string, attribute: string, template: Template): string {
  const type = template.Resources[id]?.Type ?? '';
  const arn = `arn:aws:${arns[type]?.(id) ?? `unknown:${type}`}`;
  // a real label is a time; parliament does not expect its colons
  return attribute === 'StreamArn' ? `${arn}/stream/label` : arn;
}
