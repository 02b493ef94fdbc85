import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantsOf, useCasesOf } from '../../../infra/grants.ts';
import * as tableKeys from '../../../shared/adapters/aws/dynamo/table.ts';
import * as onDefaultRoute from '../../../shared/core/usecases/default-route.ts';
import { type FunctionName, functions } from '../../../shared/protocol/service-table.ts';

const names = Object.keys(functions) as FunctionName[];
const entryOf = (name: FunctionName) =>
  readFileSync(resolve(import.meta.dirname, `../../../functions/${functions[name].codeOf ?? name}.ts`), 'utf8');

describe('grants', () => {
  it.each(names)('list the use cases that %s imports', name => {
    const text = entryOf(name);

    const imported = [...text.matchAll(/import \{([^}]+)\} from '\.\.\/shared\/core\/usecases\//g)].flatMap(
      ([, list]) =>
        (list as string)
          .split(',')
          .map(word => word.trim())
          .filter(Boolean),
    );
    const all = /import \* as \w+ from '\.\.\/shared\/core\/usecases\/default-route\.ts'/.test(text)
      ? Object.keys(onDefaultRoute)
      : [];

    expect([...useCasesOf[name]].sort()).toEqual([...imported, ...all].sort());
  });

  it('allow status polling to read the tables of jobs and of the registry, and to note that a key was used', () => {
    const touched = grantsOf('status').map(grant =>
      'actions' in grant ? [grant.kind, 'table' in grant && grant.table, grant.actions] : grant,
    );

    expect(touched).toEqual([
      ['items', 'registry', ['GetItem']],
      ['items', 'registry', ['PutItem']],
      ['items', 'jobs', ['GetItem']],
      { kind: 'index', table: 'jobs', index: 'byCompany' },
      ['items', 'jobs', ['BatchGetItem']],
      ['items', 'registry', ['Query']],
    ]);
  });

  it('are none for the functions that process customers’ content', () => {
    expect([grantsOf('render'), grantsOf('render-large')]).toEqual([[], []]);
  });

  it('are none for every function whose process may run a conversion', () => {
    const converting = names.filter(name => entryOf(name).includes('/adapters/convert/'));
    expect(converting).toEqual(['render', 'render-large']);
  });

  it('of the default route make no keys and no identities', () => {
    const kinds = new Set(grantsOf('print').map(({ kind }) => kind));
    const written = grantsOf('print').flatMap(grant =>
      grant.kind === 'items' && grant.actions.some(action => action !== 'GetItem' && action !== 'Query')
        ? grant.items.map(({ pk }) => pk)
        : [],
    );

    expect(kinds).not.toContain('relay-identities');
    expect(written.filter(pk => /^(key|relay|code)#/.test(pk))).toEqual([]);
  });

  it('refer only to existing indexes', () => {
    const asked = names
      .flatMap(grantsOf)
      .flatMap(grant => (grant.kind === 'index' ? [[grant.table, grant.index]] : []));

    for (const [table, index] of asked) {
      const known = tableKeys.tables[table as tableKeys.TableName].indexes.map(shape => shape.name);
      expect(known).toContain(index);
    }
  });
});
