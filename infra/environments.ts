import type { FunctionName } from '../shared/protocol/service-table.ts';

/* What differs between the places where Platen is deployed. Everything else is the same everywhere. */

export const environmentNames = ['dev', 'staging', 'prod'] as const;
export type EnvironmentName = (typeof environmentNames)[number];

export interface Environment {
  /** without them the template goes to the account and region of whoever deploys it */
  account?: string;
  region?: string;
  /** tables and bucket outlive the stack and refuse to be deleted */
  keepData: boolean;
  /** who is written to when an alarm goes off; nobody without one */
  alarmAddress?: string;
  /** the API's own name; the certificate is in the API's region */
  domain?: { name: string; certificateArn: string };
  /** a web application firewall, in front of the API at a name of its own; the certificate is in us-east-1 */
  firewall?: { domainName: string; certificateArn: string };
  /** `HOST` or `HOST:PORT`: private addresses that documents may be fetched from all the same */
  allowFetch: string[];
  logDays: number;
  /**
   * Documents and outputs are deleted after this. A job may wait three days for its relay, a day at the printer and a
   * week for somebody's word, three attempts over; less than 33 days would take documents from living jobs.
   */
  documentDays: number;
  /** requests to one route each second, and at once; status polling has no such limit */
  throttle: { perSecond: number; burst: number };
  /**
   * Concurrency that is a function's own: nobody can take it, and it can take no more. An account begins with as few
   * as 10 for all, of which none can be reserved [AWS Lambda quotas].
   */
  reservedConcurrency: Partial<Record<FunctionName, number>>;
  /** relays that may be lost within a quarter of an hour before somebody is told */
  relaysLostAtMost: number;
  /** jobs that may be aborted within a quarter of an hour before somebody is told */
  jobsAbortedAtMost: number;
  /** told to the bill; make them cost allocation tags to see them there */
  tags: Record<string, string>;
}

const small: Omit<Environment, 'tags'> = {
  keepData: false,
  allowFetch: [],
  logDays: 14,
  documentDays: 35,
  throttle: { perSecond: 50, burst: 100 },
  reservedConcurrency: {},
  relaysLostAtMost: 5,
  jobsAbortedAtMost: 10,
};

const tagsOf = (environment: EnvironmentName) => ({ 'platen:service': 'platen', 'platen:environment': environment });

export const environments: Record<EnvironmentName, Environment> = {
  dev: { ...small, tags: tagsOf('dev') },
  staging: { ...small, keepData: true, tags: tagsOf('staging') },
  prod: {
    ...small,
    keepData: true,
    logDays: 90,
    throttle: { perSecond: 1000, burst: 2000 },
    jobsAbortedAtMost: 100,
    reservedConcurrency: { status: 200, prepare: 16, offer: 8, 'relay-events': 8, sweep: 1 },
    tags: tagsOf('prod'),
  },
};
