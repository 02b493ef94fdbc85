import { type Environment, environmentNames } from '../../../infra/environments.ts';
import { type Synthesized, synthesize } from './synthesized.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/c0ffee00-0000-0000-0000-000000000000';

/** An environment that sets what may be left out. */
const everything: Partial<Environment> = {
  account: '111122223333',
  region: 'eu-central-1',
  alarmAddress: 'operators@example.com',
  domain: { name: 'api.print.example.com', certificateArn },
  firewall: { domainName: 'print.example.com', certificateArn, originSecret: 'c0ffee'.repeat(6) },
  console: { domainName: 'console.example.com', certificateArn },
  canary: { keySecret: 'platen/prod/canary', slowSeconds: 15 },
  registryCopyVault: 'arn:aws:backup:eu-west-1:111122223333:backup-vault:platen',
  monthlyBudget: 100,
  warmTableUnits: 8000,
  renderPerCompany: true,
};

/** All environments as they are, and one with everything. */
export const everyTemplate: Record<string, Synthesized> = {
  ...Object.fromEntries(environmentNames.map(name => [name, synthesize(name)])),
  'prod with everything': synthesize('prod', everything),
};
