import type { Environment } from '../infra/environments.ts';

/*
 * What is checked in an account before a deployment: a first deployment that fails rolls back for minutes, and leaves
 * protected tables and a bucket behind.
 */

export interface AccountFacts {
  region: string;
  /** concurrent executions of all functions [AWS Lambda, GetAccountSettings] */
  concurrency?: { limit: number; unreserved: number };
  /** version of the bootstrap stack in each region that is deployed to; undefined if there is none */
  bootstrapVersions: Record<string, number | undefined>;
  stackExists: boolean;
  /** tables and buckets that carry the stack's name */
  tables: string[];
  buckets: string[];
}

export interface Finding {
  /** the deployment would fail */
  isFatal: boolean;
  text: string;
}

/** AWS keeps this much for functions without a reservation [AWS Lambda, reserved concurrency]. */
const unreservedAtLeast = 100;
/** The version that synthesized templates require [AWS CDK, bootstrap template versions]. */
const bootstrapAtLeast = 6;

export const reservedIn = ({ reservedConcurrency }: Pick<Environment, 'reservedConcurrency'>): number =>
  Object.values(reservedConcurrency).reduce((sum, count) => sum + count, 0);

/** Findings in the order in which to mend them; none if the deployment can begin. */
export function preflight(name: string, environment: Environment, facts: AccountFacts): Finding[] {
  return [...bootstrapFindings(facts), ...concurrencyFindings(environment, facts), ...leftovers(name, facts)];
}

function bootstrapFindings({ bootstrapVersions }: AccountFacts): Finding[] {
  return Object.entries(bootstrapVersions)
    .filter(([, version]) => (version ?? 0) < bootstrapAtLeast)
    .map(([region, version]) => ({
      isFatal: true,
      text:
        `${region} ${version === undefined ? 'is not bootstrapped' : `has bootstrap version ${version}, and ${bootstrapAtLeast} is needed`}.` +
        ` Run: npx cdk bootstrap aws://ACCOUNT/${region}`,
    }));
}

function concurrencyFindings(environment: Environment, { concurrency, stackExists, region }: AccountFacts): Finding[] {
  if (!concurrency) return [];
  const reserved = reservedIn(environment);
  const { limit, unreserved } = concurrency;
  // an existing stack holds its reservations already
  const free = stackExists ? limit : unreserved;
  if (reserved > 0 && free - reserved < unreservedAtLeast) {
    const needed = limit - free + reserved + unreservedAtLeast;
    const advice = `Request ${needed} for "Concurrent executions" (Service Quotas, AWS Lambda, ${region}), or lower reservedConcurrency in infra/environments.ts.`;
    return [
      {
        isFatal: true,
        text: `The environment reserves ${reserved} concurrent executions and ${unreservedAtLeast} must stay unreserved, but ${free} of the account's ${limit} are free. ${advice}`,
      },
    ];
  }
  if (limit >= unreservedAtLeast) return [];
  return [
    {
      isFatal: false,
      text: `The account allows ${limit} concurrent executions: enough to try Platen, too few for customers. Request more (Service Quotas, AWS Lambda).`,
    },
  ];
}

/** What an earlier stack of the same name has left. It costs money, and its name suggests data that is in use. */
function leftovers(name: string, { stackExists, tables, buckets, region }: AccountFacts): Finding[] {
  if (stackExists || tables.length + buckets.length === 0) return [];
  const commands = [
    ...tables.flatMap(table => [
      `aws dynamodb update-table --region ${region} --table-name ${table} --no-deletion-protection-enabled`,
      `aws dynamodb delete-table --region ${region} --table-name ${table}`,
    ]),
    ...buckets.map(bucket => `aws s3 rb --force s3://${bucket}`),
  ];
  const text = [
    `An earlier stack platen-${name} has left ${tables.length} tables and ${buckets.length} buckets. The new stack creates its own and does not use them.`,
    'If you need nothing of them:',
    ...commands.map(command => `  ${command}`),
  ];
  return [{ isFatal: false, text: text.join('\n') }];
}
