import type { FunctionName } from '../shared/protocol/service-table.ts';

/* Settings that differ between environments. Everything else is the same everywhere. */

export const environmentNames = ['dev', 'staging', 'prod'] as const;
export type EnvironmentName = (typeof environmentNames)[number];

export interface Environment {
  /** default: the account and region of the credentials that deploy */
  account?: string;
  region?: string;
  /** tables and bucket outlive the stack and cannot be deleted */
  keepData: boolean;
  /**
   * Tables, bucket, queues, logs and the topic of alarms are encrypted with a key of this environment in AWS KMS, instead of
   * keys of AWS. May be set later: tables and what is stored from then on are encrypted with it.
   */
  ownKey?: boolean;
  /** e-mail address for alarms; default: none */
  alarmAddress?: string;
  /** custom domain of the API; the certificate is in the API's region */
  domain?: { name: string; certificateArn: string };
  /**
   * Domain by which relays reach AWS IoT, with a certificate in the same region; a CNAME record of yours leads it to the endpoint
   * of the account. Relays enrolled before learn it when they renew, or cannot connect for long.
   */
  relayDomain?: { name: string; certificateArn: string };
  /** a web application firewall in front of the API, with its own domain; the certificate is in us-east-1 */
  firewall?: {
    domainName: string;
    certificateArn: string;
    /**
     * A random text of at least 32 characters that requests from the firewall carry. The API refuses those without it.
     * Who may read the stack's template can read it; all it protects is the way around the firewall.
     */
    originSecret: string;
  };
  /** the web console, with its own domain; the certificate is in us-east-1 */
  console?: { domainName: string; certificateArn: string };
  /**
   * Prints a page a minute through the API and a relay in a function, with alarms. `keySecret` is the name of a secret in AWS
   * Secrets Manager: the key of a company of its own, with the scopes `print` and `admin`. A page that takes longer than
   * `slowSeconds` is slow.
   */
  canary?: { keySecret: string; slowSeconds: number };
  /** `HOST` or `HOST:PORT`: private addresses from which documents may be fetched */
  allowFetch: string[];
  logDays: number;
  /**
   * A document is deleted this many days after its last job has ended, and can be printed again until then; from 1 to 29,
   * since records of jobs are kept for 30.
   */
  documentDays: number;
  /** requests per second and burst, per route, of all companies together */
  throttle: Throttle;
  /** the same for status polling, which clients do several times a second */
  statusThrottle: Throttle;
  /**
   * Requests per second of one key in one process of a function, with bursts of twice as many; ten times as many of uploads and status
   * polls. More processes take more, so this keeps a key from filling a process with cheap calls; the whole is limited by
   * `throttle`.
   */
  keyRate: number;
  /**
   * Ceiling of each table and index, in read and in write units per second: a limit of the bill. A job takes 6 write units
   * and 3 in indexes [Amazon DynamoDB, maximum throughput for on-demand tables].
   */
  tableUnits: number;
  /** units per second that tables and indexes take at once, for a launch; a new table takes 4,000 write units */
  warmTableUnits?: number;
  /** dollars a month; `alarmAddress` hears when the forecast is above. Needs the cost allocation tags below. */
  monthlyBudget?: number;
  /**
   * Reserved concurrency of a function, which is both a guarantee and a limit. A new account has a limit as low as 10,
   * of which none can be reserved [AWS Lambda quotas].
   */
  reservedConcurrency: Partial<Record<FunctionName, number>>;
  /** functions whose new code gets a tenth of the calls for 15 minutes, and is taken back if an alarm is raised */
  gradualDeployment: FunctionName[];
  /**
   * Each company has environments of its own of the function that processes documents: what takes one over sees the
   * documents of that company only. The price is a cold start of some seconds for a company's first document in a while
   * [AWS Lambda, tenant isolation]. Changing it replaces the function.
   */
  renderPerCompany: boolean;
  /**
   * Alarm threshold: relays lost within 15 minutes, as a share of the connected ones, and not just a few. A site that
   * switches off in the evening loses its relay too.
   */
  relaysLost: { percent: number; atLeast: number };
  /** ARN of a vault of AWS Backup in another region, to which the registry is copied every six hours */
  registryCopyVault?: string;
  /** alarm threshold: jobs aborted within 15 minutes */
  jobsAbortedAtMost: number;
  /** tags of all resources; activate them as cost allocation tags to see them in the bill */
  tags: Record<string, string>;
}

interface Throttle {
  perSecond: number;
  burst: number;
}

const small: Omit<Environment, 'tags'> = {
  keepData: false,
  allowFetch: [],
  logDays: 14,
  documentDays: 1,
  throttle: { perSecond: 50, burst: 100 },
  statusThrottle: { perSecond: 500, burst: 1000 },
  keyRate: 20,
  tableUnits: 1000,
  reservedConcurrency: {},
  gradualDeployment: [],
  renderPerCompany: false,
  relaysLost: { percent: 30, atLeast: 5 },
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
    statusThrottle: { perSecond: 5000, burst: 8000 },
    tableUnits: 12_000,
    jobsAbortedAtMost: 100,
    relaysLost: { percent: 30, atLeast: 20 },
    reservedConcurrency: {
      print: 150,
      upload: 100,
      convert: 100,
      status: 200,
      prepare: 16,
      preview: 8,
      // those of `prepare` and of `preview`
      render: 24,
      offer: 8,
      'relay-events': 20,
      sweep: 1,
    },
    gradualDeployment: ['print', 'upload', 'status', 'relay-events'],
    tags: tagsOf('prod'),
  },
};
