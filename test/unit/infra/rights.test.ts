import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { synthesize } from './synthesized.ts';
import { listOf, type Named, resourcesOf, targetOf, textOf } from './template.ts';

const { template } = synthesize('prod');

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** The holders of a policy, by a name that stays: a function's, or the logical id of another role. */
function holderOf({ properties }: Named): string {
  const roles = listOf(properties.Roles).map(targetOf);
  const [lambda] = resourcesOf(template, 'AWS::Lambda::Function').filter(found =>
    roles.includes(targetOf(found.properties.Role)),
  );
  return (
    lambda?.properties.Description?.split(': ').at(-1) ?? roles.map(role => role?.replace(/[0-9A-F]{8}$/, '')).join()
  );
}

function linesOf({ Effect, Action, Resource, Condition }: Statement): string[] {
  const conditions = Object.entries(Condition ?? {}).flatMap(([test, members]) =>
    Object.entries(members).map(([name, values]) => `    if ${test} ${name}: ${listOf(values).map(textOf).join(', ')}`),
  );
  const resources = listOf(Resource).map(resource => `    on ${textOf(resource)}`.replace(/[0-9A-F]{8}(?=[.>])/g, ''));
  return [`  ${Effect} ${[...listOf(Action)].join(', ')}`, ...resources, ...conditions];
}

// a right too few shows only when a deployed function needs it: the list shows what a change takes away
it('the rights of every role are those of the list; update it with `vitest -u` and read the difference', async () => {
  const policies = [
    ...resourcesOf(template, 'AWS::IAM::Policy').map(policy => [holderOf(policy), policy] as const),
    ...resourcesOf(template, 'AWS::IoT::Policy').map(policy => ['certificates of relays', policy] as const),
  ].sort(([a], [b]) => a.localeCompare(b, 'en'));
  const text = policies
    .map(([holder, { properties }]) =>
      [holder, ...listOf(properties.PolicyDocument.Statement).flatMap(each => linesOf(each as Statement))].join('\n'),
    )
    .join('\n\n');

  await expect(`${text}\n`).toMatchFileSnapshot(resolve(import.meta.dirname, '../../fixtures/infra/rights.txt'));
});
