import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { specifiedResource } from './specification.ts';
import { synthesize } from './synthesized.ts';
import { listOf, resourcesOf, type Template } from './template.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/infra');
const releases = readdirSync(folder).filter(name => name.startsWith('release-'));
const latest = releases.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) as string;
const released = JSON.parse(readFileSync(join(folder, latest), 'utf8')) as Template;
const { template } = synthesize('prod');

/** What an upgrade between the two would delete or replace. */
function losses(from: Template, to: Template): string[] {
  return resourcesOf(from).flatMap(({ id, Type, properties }) => {
    const next = to.Resources[id];
    if (next?.Type !== Type) return [`${id} would go`];
    const specified = specifiedResource(Type)?.properties ?? {};
    const changed = Object.keys(specified).filter(name => !isSame(properties[name], next.Properties?.[name]));
    return [
      ...changed.filter(name => specified[name]?.causesReplacement === 'yes').map(name => `${id}.${name} replaces it`),
      ...indexLosses(id, properties.GlobalSecondaryIndexes, next.Properties?.GlobalSecondaryIndexes),
    ];
  });
}

interface Index {
  IndexName: string;
  KeySchema?: unknown;
  Projection?: unknown;
}

/** What an index holds; its throughput is updated in place. */
const contentOf = ({ IndexName, KeySchema, Projection }: Index) => ({ IndexName, KeySchema, Projection });

/** DynamoDB creates one index at a time [UpdateTable]. */
function indexLosses(id: string, from: unknown, to: unknown): string[] {
  const [before, after] = [listOf(from) as Index[], listOf(to) as Index[]];
  const lost = before.filter(index => !after.some(next => isSame(contentOf(index), contentOf(next))));
  const added = after.filter(index => !before.some(({ IndexName }) => IndexName === index.IndexName));
  return [
    ...lost.map(({ IndexName }) => `${id}: the index ${IndexName} would go`),
    ...(added.length > 1 ? [`${id} gets more than one index at once`] : []),
  ];
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

describe(`an upgrade from ${latest}`, () => {
  it('replaces no table, no bucket, and no name that relays and clients use', () => {
    expect(losses(released, template)).toEqual([]);
  });

  it('finds tables and bucket in the release', () => {
    const types = resourcesOf(released).map(({ Type }) => Type);

    expect(types).toEqual(expect.arrayContaining(['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::IoT::Policy']));
  });

  it('keeps data when the stack is deleted', () => {
    const lasting = resourcesOf(template).filter(({ id }) => id in released.Resources);
    const withData = lasting.filter(({ Type }) => /DynamoDB|S3/.test(Type));

    expect(withData.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(withData.map(() => 'Retain'));
  });

  it.each<[what: string, finding: string, change: (template: Template) => void]>([
    ['a table under another id', 'JobsTable would go', given => delete given.Resources.JobsTable],
    [
      'another key',
      'JobsTable.KeySchema replaces it',
      given => (propertiesOf(given, 'JobsTable').KeySchema[0].AttributeName = 'id'),
    ],
    [
      'a name for the bucket',
      'Bucket.BucketName replaces it',
      given => (propertiesOf(given, 'Bucket').BucketName = 'x'),
    ],
    [
      'an index less',
      'JobsTable: the index byCompany would go',
      given => propertiesOf(given, 'JobsTable').GlobalSecondaryIndexes.shift(),
    ],
    [
      'two indexes more',
      'JobsTable gets more than one index at once',
      given => propertiesOf(given, 'JobsTable').GlobalSecondaryIndexes.push({ IndexName: 'a' }, { IndexName: 'b' }),
    ],
  ])('would detect %s', (_what, finding, change) => {
    const next = structuredClone(template);
    change(next);

    expect(losses(released, next)).toEqual([finding]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever is changed
const propertiesOf = (template: Template, id: string) => template.Resources[id]?.Properties as any;
