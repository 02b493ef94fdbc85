import type { Environment } from '../../../infra/environments.ts';

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/c0ffee00-0000-0000-0000-000000000000';

/** An environment that sets what may be left out. */
export const everything: Partial<Environment> = {
  ownKey: true,
  account: '111122223333',
  region: 'eu-central-1',
  alarmAddress: 'operators@example.com',
  domain: { name: 'api.print.example.com', certificateArn },
  firewall: { domainName: 'print.example.com', certificateArn, originSecret: 'c0ffee'.repeat(6) },
  console: { domainName: 'console.example.com', certificateArn },
  relayDomain: { name: 'relays.example.com', certificateArn },
  canary: { keySecret: 'platen/prod/canary', slowSeconds: 15 },
  registryCopyVault: 'arn:aws:backup:eu-west-1:111122223333:backup-vault:platen',
  monthlyBudget: 100,
  warmTableUnits: 8000,
  renderPerCompany: true,
};
