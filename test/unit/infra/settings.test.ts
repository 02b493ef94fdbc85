import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { everything } from './everything.ts';
import { synthesize } from './synthesized.ts';
import { listOf, resourcesOf, type Template, textOf } from './template.ts';

/*
 * The settings of all resources as a list, of an environment that sets everything. Rules and demands are about what a
 * setting means; a setting that has no rule of its own can change here only where a reader sees it. Rights, routes and
 * what the relays' messages hold have lists and rules of their own.
 */

const { template, firewall, console: website } = synthesize('prod', everything);
const elsewhere = new Set([
  'AWS::IAM::Policy',
  'AWS::IoT::Policy',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::IoT::TopicRule',
  'AWS::Lambda::Permission',
]);

/** Logical ids end with a digest, and files are named after theirs. */
const withoutDigests = (text: string) =>
  text.replace(/(?<=[a-z])([0-9A-F]{8})+([0-9a-f]{32})?/g, '').replace(/\b[0-9a-f]{64}\b/g, 'digest');

/** Each setting as `path: value`. */
function settingsOf(value: unknown, path = ''): string[] {
  const entries = Object.entries(value ?? {});
  if (Array.isArray(value)) return value.flatMap(each => settingsOf(each, `${path}[]`));
  const isText = typeof value !== 'object' || entries.some(([name]) => /^(Ref|Fn::\w+)$/.test(name));
  if (isText) return [`${path}: ${withoutDigests(typeof value === 'object' ? textOf(value) : String(value))}`];
  // by the names of routes
  if (path === 'RouteSettings') return entries.flatMap(([, each]) => settingsOf(each, `${path}[]`));
  return entries.flatMap(([name, each]) => settingsOf(each, path === '' ? name : `${path}.${name}`));
}

/** The settings of a type, each with the resources that have it. */
function linesOf(stack: Template, type: string): string[] {
  const having = new Map<string, string[]>();
  const resources = resourcesOf(stack, type);
  for (const { id, properties } of resources)
    for (const setting of new Set(settingsOf(properties)))
      having.set(setting, [...(having.get(setting) ?? []), withoutDigests(id)]);
  return [...having]
    .map(([setting, ids]) =>
      ids.length === resources.length ? `  ${setting}` : `  ${setting}  (${ids.sort().join(', ')})`,
    )
    .sort();
}

it('the settings of every resource are those of the list; update it with `vitest -u` and read the difference', async () => {
  const stacks = [template, firewall, website].flatMap(listOf) as Template[];
  const text = stacks.flatMap(stack => {
    const types = [...new Set(resourcesOf(stack).map(({ Type }) => Type))].filter(type => !elsewhere.has(type)).sort();
    return types.flatMap(type => [`${type} (${resourcesOf(stack, type).length})`, ...linesOf(stack, type), '']);
  });

  await expect(text.join('\n')).toMatchFileSnapshot(resolve(import.meta.dirname, '../../fixtures/infra/settings.txt'));
});
