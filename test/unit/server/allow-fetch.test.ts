import { afterEach, describe, expect, it } from 'vitest';
import { parseOptions, type ServerOptions } from '../../../server/options.ts';
import { allowFetch, allowFetchVariable, useAllowFetch } from '../../../shared/protocol/config.ts';

const parsed = (...values: string[]) =>
  (parseOptions(values.flatMap(value => ['--allow-fetch', value])) as ServerOptions).allowFetch;

describe('--allow-fetch', () => {
  it('is empty by default', () => {
    expect(parsed()).toEqual([]);
  });

  it('can be repeated', () => {
    const entries = ['intranet', 'erp.local:8080', '10.0.0.7', '[::1]:3000', '[fd00::1]'];

    expect(parsed(...entries)).toEqual(entries);
  });

  it.each(['', 'http://intranet/', 'host:port', 'a b', '::1', 'user@host', '*:80:80'])('refuses %j', value => {
    expect(() => parsed(value)).toThrow('--allow-fetch');
  });
});

describe('what may be fetched', () => {
  afterEach(() => useAllowFetch([]));

  it('comes from the environment if no option is given', () => {
    const environment = { [allowFetchVariable]: 'intranet, 10.0.0.7:8080' };

    expect(allowFetch({})).toEqual([]);
    expect(allowFetch(environment)).toEqual(['intranet', '10.0.0.7:8080']);
    useAllowFetch(['only.this']);
    expect(allowFetch(environment)).toEqual(['only.this']);
  });
});
