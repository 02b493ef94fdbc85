import type { Messages } from '../core/ports/index.ts';
import { type QueueName, queues } from './service-table.ts';

/*
 * The only place that reads the environment of a function in AWS. The infrastructure sets the variables named here;
 * Lambda sets those in `lambdaVariables`.
 */

/** The queues that functions send to; only topic rules send to the others. */
export type SentQueue = keyof Messages;
export const sentQueues = (Object.keys(queues) as QueueName[]).filter(
  (name): name is SentQueue => name !== 'relay-events' && name !== 'presence',
);

export const variables = {
  jobsTable: 'PLATEN_JOBS_TABLE',
  uploadsTable: 'PLATEN_UPLOADS_TABLE',
  registryTable: 'PLATEN_REGISTRY_TABLE',
  eventsTable: 'PLATEN_EVENTS_TABLE',
  bucket: 'PLATEN_BUCKET',
  /** the key in AWS KMS that encrypts the secret of the installation */
  keyringKey: 'PLATEN_KEYRING_KEY',
  /** name of the AWS IoT policy of relay certificates */
  relayPolicy: 'PLATEN_RELAY_POLICY',
  /** name of the AWS IoT rule that receives relay messages */
  relayRule: 'PLATEN_RELAY_RULE',
  /** how the ids of this environment's relays begin */
  relayPrefix: 'PLATEN_RELAY_PREFIX',
} as const;

export const queueUrlVariable = (queue: SentQueue) => `PLATEN_${queue.toUpperCase().replaceAll('-', '_')}_QUEUE_URL`;

/** name by which relays reach AWS IoT; only environments with a domain for relays have it */
export const relayHostVariable = 'PLATEN_RELAY_HOST';

const lambdaVariables = {
  region: 'AWS_REGION',
  accessKeyId: 'AWS_ACCESS_KEY_ID',
  secretAccessKey: 'AWS_SECRET_ACCESS_KEY',
} as const;

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface AwsConfig {
  region: string;
  credentials: Credentials;
  /** one address that replaces the endpoints of all services [AWS SDKs, AWS_ENDPOINT_URL] */
  endpoint?: string;
  jobsTable: string;
  uploadsTable: string;
  registryTable: string;
  eventsTable: string;
  bucket: string;
  keyringKey: string;
  relayPolicy: string;
  relayRule: string;
  relayPrefix: string;
  relayHost?: string;
  queueUrls: Record<SentQueue, string>;
}

type Environment = Record<string, string | undefined>;

/** Reads the whole configuration, or throws an error that names every missing variable, without values: some are secrets. */
export function readConfig(environment: Environment = process.env): AwsConfig {
  const missing: string[] = [];
  const read = (name: string): string => {
    const value = environment[name];
    if (!value) missing.push(name);
    return value ?? '';
  };
  const readAll = <Field extends string>(names: Record<Field, string>) =>
    Object.fromEntries(Object.entries<string>(names).map(([field, name]) => [field, read(name)])) as Record<
      Field,
      string
    >;

  const { region, ...credentials } = readAll(lambdaVariables);
  const named = readAll(variables);
  const queueUrls = Object.fromEntries(sentQueues.map(queue => [queue, read(queueUrlVariable(queue))]));
  if (missing.length > 0) throw new Error(`Missing environment variables: ${missing.join(', ')}.`);
  return {
    ...named,
    region,
    credentials: { ...credentials, sessionToken: environment.AWS_SESSION_TOKEN },
    endpoint: environment.AWS_ENDPOINT_URL,
    relayHost: environment[relayHostVariable],
    queueUrls: queueUrls as Record<SentQueue, string>,
  };
}

export const frontVariables = {
  /** `https://host` that clients use, if it is not the API's own */
  publicOrigin: 'PLATEN_PUBLIC_ORIGIN',
  /** the text in the header `x-origin-verify` of requests that passed the firewall */
  originSecret: 'PLATEN_ORIGIN_SECRET',
} as const;

export interface Front {
  publicOrigin: string;
  originSecret: string;
}

/** What is in front of the API; undefined if clients call it directly. */
export function front(environment: Environment = process.env): Front | undefined {
  const { [frontVariables.publicOrigin]: publicOrigin, [frontVariables.originSecret]: originSecret } = environment;
  return publicOrigin && originSecret ? { publicOrigin, originSecret } : undefined;
}

export const renderVariables = {
  /** names of the functions that make documents; only functions that may invoke them have these */
  name: 'PLATEN_RENDER_FUNCTION',
  largeName: 'PLATEN_RENDER_LARGE_FUNCTION',
  isPerCompany: 'PLATEN_RENDER_PER_COMPANY',
} as const;

export function renderFunctions(environment: Environment = process.env): RenderFunctions {
  const { [renderVariables.name]: name, [renderVariables.largeName]: largeName } = environment;
  if (!name || !largeName)
    throw new Error(`Missing environment variables: ${renderVariables.name}, ${renderVariables.largeName}.`);
  return { name, largeName, isPerCompany: environment[renderVariables.isPerCompany] === 'true' };
}

export interface RenderFunctions {
  name: string;
  /** the same code with more memory */
  largeName: string;
  /** whether each company has environments of its own; see infra/environments.ts */
  isPerCompany: boolean;
}

export const canaryVariables = { url: 'PLATEN_CANARY_URL', key: 'PLATEN_CANARY_KEY' } as const;

export function canarySettings(environment: Environment = process.env): { url: string; key: string } {
  const { [canaryVariables.url]: url, [canaryVariables.key]: key } = environment;
  if (!url || !key) throw new Error(`Missing environment variables: ${Object.values(canaryVariables).join(', ')}.`);
  return { url, key };
}

let fetchable: readonly string[] | undefined;

/** `HOST` or `HOST:PORT` of private addresses that may be fetched; default: none. */
export function allowFetch(environment: Environment = process.env): readonly string[] {
  return fetchable ?? (environment[allowFetchVariable] ?? '').split(/[\s,]+/).filter(entry => entry !== '');
}

export const allowFetchVariable = 'PLATEN_ALLOW_FETCH';

/** Sets the list from the server's options instead of the environment; undefined goes back to the environment. */
export function useAllowFetch(entries: readonly string[] | undefined): void {
  fetchable = entries;
}

export const keyRateVariable = 'PLATEN_KEY_RATE';

let chosenRate: number | undefined;

/** Requests per second of one key in this process; undefined: no limit. Status polls and uploads have ten times as many. */
export function keyRate(environment: Environment = process.env): number | undefined {
  if (chosenRate !== undefined) return chosenRate;
  const value = Number(environment[keyRateVariable]);
  return value > 0 ? value : undefined;
}

/** Sets the rate from the server's options instead of the environment; undefined goes back to the environment. */
export function useKeyRate(perSecond: number | undefined): void {
  chosenRate = perSecond;
}

export const documentDaysVariable = 'PLATEN_DOCUMENT_DAYS';

/** How many days a document is kept in AWS after its last job has ended. */
export const documentDays = (environment: Environment = process.env): number =>
  Number(environment[documentDaysVariable] ?? 1);

/** All that the environment of a conversion worker holds: nothing that is a secret. */
const workerVariables = ['PATH', 'TMPDIR', 'LANG', 'SYSTEMROOT', 'NODE_EXTRA_CA_CERTS', 'AWS_LAMBDA_FUNCTION_NAME'];

export function workerEnvironment(environment: Environment = process.env): Environment {
  return Object.fromEntries(workerVariables.flatMap(name => (environment[name] ? [[name, environment[name]]] : [])));
}

/** Memory of the Lambda function that this process is [AWS Lambda, defined environment variables]. */
export const functionMegabytes = (environment: Environment = process.env): number =>
  Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);

export const metricNamespaceVariable = 'PLATEN_METRIC_NAMESPACE';

/** The CloudWatch namespace of this installation's metrics. */
export const metricNamespace = (environment: Environment = process.env): string =>
  environment[metricNamespaceVariable] ?? 'Platen';
