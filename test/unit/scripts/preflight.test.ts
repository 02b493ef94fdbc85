import { describe, expect, it } from 'vitest';
import { environments } from '../../../infra/environments.ts';
import { type AccountFacts, preflight, reservedIn } from '../../../scripts/preflight.ts';

const ready: AccountFacts = {
  region: 'eu-west-1',
  concurrency: { limit: 1000, unreserved: 1000 },
  bootstrapVersions: { 'eu-west-1': 30 },
  stackExists: false,
  tables: [],
  buckets: [],
};
const reserving = { ...environments.prod, reservedConcurrency: { print: 150, sweep: 50 } };

const fatal = (facts: Partial<AccountFacts>, environment = reserving) =>
  preflight('prod', environment, { ...ready, ...facts }).flatMap(({ isFatal, text }) => (isFatal ? [text] : []));

describe('the preflight of a deployment', () => {
  it('finds nothing in an account that is ready', () => {
    expect(preflight('prod', reserving, ready)).toEqual([]);
  });

  it('takes the sum of the reservations from the environment', () => {
    expect(reservedIn(reserving)).toBe(200);
  });

  it.each([
    [299, 1],
    [300, 0],
  ])('of a new stack in an account with %i free executions finds %i faults', (unreserved, faults) => {
    expect(fatal({ concurrency: { limit: 1000, unreserved } })).toHaveLength(faults);
  });

  it('names the quota to request, with what other stacks have reserved', () => {
    const [text] = fatal({ concurrency: { limit: 400, unreserved: 250 } });

    expect(text).toMatch(/Request 450/);
  });

  it('does not count the reservations of an existing stack twice', () => {
    expect(fatal({ stackExists: true, concurrency: { limit: 400, unreserved: 200 } })).toEqual([]);
  });

  it('lets a small account have an environment without reservations, with a note', () => {
    const facts = { ...ready, concurrency: { limit: 10, unreserved: 10 } };

    const findings = preflight('dev', environments.dev, facts);

    expect(findings).toEqual([{ isFatal: false, text: expect.stringMatching(/allows 10 concurrent executions/) }]);
  });

  it.each([[undefined], [5]])('refuses bootstrap version %s, with the command', version => {
    const [text] = fatal({ bootstrapVersions: { 'eu-west-1': 30, 'us-east-1': version } });

    expect(text).toContain('npx cdk bootstrap aws://ACCOUNT/us-east-1');
  });

  it('names what an earlier stack has left, with the commands that delete it', () => {
    const left = { tables: ['platen-prod-JobsTable-1'], buckets: ['platen-prod-bucket-2'] };

    const [finding] = preflight('prod', reserving, { ...ready, ...left });

    expect(finding?.isFatal).toBe(false);
    expect(finding?.text).toContain('delete-table --region eu-west-1 --table-name platen-prod-JobsTable-1');
    expect(finding?.text).toContain('aws s3 rb --force s3://platen-prod-bucket-2');
  });

  it('takes the tables of an existing stack for its own', () => {
    expect(preflight('prod', reserving, { ...ready, stackExists: true, tables: ['platen-prod-JobsTable-1'] })).toEqual(
      [],
    );
  });
});
