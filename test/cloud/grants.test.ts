import { CreatePolicyCommand } from '@aws-sdk/client-iot';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBucket, createQueue, createTable } from '../../doubles/aws-resources.ts';
import { grantsOf, useCasesOf } from '../../infra/grants.ts';
import type { Grant } from '../../infra/rights.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { makeConversionTurns } from '../../shared/adapters/aws/dynamo/conversion-turns.ts';
import { openDynamo } from '../../shared/adapters/aws/dynamo/dynamo.ts';
import { openIot } from '../../shared/adapters/aws/iot/relay-identities.ts';
import { openKms } from '../../shared/adapters/aws/kms/keyring.ts';
import { openAws } from '../../shared/adapters/aws/open-aws.ts';
import { openS3 } from '../../shared/adapters/aws/s3/s3.ts';
import { openSqs } from '../../shared/adapters/aws/sqs/queue.ts';
import type { Ports } from '../../shared/core/ports/index.ts';
import { authenticate, keyDigest } from '../../shared/core/usecases/accounts/authenticate.ts';
import { type SentQueue, sentQueues } from '../../shared/protocol/config.ts';
import { type FunctionName, functions, queues } from '../../shared/protocol/service-table.ts';
import { type Asked, allows, listen } from './asked-of-aws.ts';
import { companyId, key, principal, scenes, setStage } from './scenes.ts';

/*
 * Carries out every use case with the AWS adapters, for each function that has it, and compares all requests to AWS
 * with the rights of the function's role. The emulator allows every request, so this test detects a missing right.
 */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());
const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };

const relayPolicy = 'relay-policy';
const relayRule = 'relay_rule';

let ports: Ports;
/** A process that starts, which reads the secret of the installation again. */
let fresh: () => Ports;
let asked: Asked[] | undefined;
const turns = makeConversionTurns({ client: openDynamo(settings), name: 'jobs' }, Date.now);

beforeAll(async () => {
  const [dynamo, s3, sqs, iot] = [openDynamo(settings), openS3(settings), openSqs(settings), openIot(settings)];
  await Promise.all((['jobs', 'uploads', 'registry', 'events'] as const).map(name => createTable(dynamo, name, name)));
  await createBucket(s3, 'documents');
  const urls = await Promise.all(
    sentQueues.map(async name => [name, (await createQueue(sqs, name, queues[name])).url]),
  );
  const queueUrls = Object.fromEntries(urls) as Record<SentQueue, string>;
  const { KeyMetadata } = await openKms(settings).send(new CreateKeyCommand({}));
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await iot.send(new CreatePolicyCommand({ policyName: relayPolicy, policyDocument }));
  const names = {
    jobsTable: 'jobs',
    uploadsTable: 'uploads',
    registryTable: 'registry',
    eventsTable: 'events',
    bucket: 'documents',
    keyringKey: KeyMetadata?.Arn as string,
  };
  const all = { ...settings, ...names, relayPolicy, relayRule, relayPrefix: 'platen-test-', queueUrls };
  ports = withSigning(openAws(all));
  fresh = () => ({ ...ports, keyring: openAws(all).keyring });
  await makeRegistry();

  const nameOf = new Map(urls.map(([name, url]) => [url, name as string]));
  listen(one => asked?.push(one.kind === 'queue' ? { ...one, url: nameOf.get(one.url) ?? one.url } : one));
});

/** A presigned address has the rights of the function that signed it. */
function withSigning(made: Ports): Ports {
  const sign = (action: string, key: string) => asked?.push({ kind: 'objects', action, key });
  const documents: Ports['documents'] = new Proxy(made.documents, {
    get: (target, name: keyof Ports['documents']) => {
      const method = target[name] as (...given: unknown[]) => unknown;
      if (!String(name).startsWith('presign')) return method;
      return (...given: unknown[]) => {
        sign(name === 'presignRead' ? 'GetObject' : 'PutObject', given[0] as string);
        return method(...given);
      };
    },
  });
  return { ...made, documents };
}

async function makeRegistry(): Promise<void> {
  await ports.registry.saveCompany({ companyId, name: 'Acme', active: true, storedOctets: 1e12, version: 0 });
  await ports.registry.putKey({
    digest: keyDigest(key),
    companyId,
    name: 'key',
    scopes: principal.scopes,
    createdAt: 0,
  });
  await ports.registry.setCredits(companyId, 1_000_000);
}

const names = Object.keys(functions) as FunctionName[];
const rows = names.flatMap(name => useCasesOf[name].map(useCase => [name, useCase] as const));
const used = new Set<string>();
const wordsOf = (name: FunctionName, grant: Grant, action?: string) =>
  `${name}: ${JSON.stringify({ ...grant, ...(action && { actions: action }) })}`;

/** Another component does this. */
async function unwatched(work: () => Promise<unknown>): Promise<void> {
  const kept = asked;
  asked = undefined;
  await work();
  asked = kept;
}

async function watch(work: () => Promise<unknown>): Promise<Asked[]> {
  asked = [];
  try {
    await work();
    return asked;
  } finally {
    asked = undefined;
  }
}

/** Requests without a grant. */
function refused(name: FunctionName, all: Asked[]): Asked[] {
  return all.filter(one => {
    const grants = grantsOf(name).filter(grant => allows(grant, one));
    for (const grant of grants) used.add(wordsOf(name, grant, 'action' in one ? one.action : undefined));
    return grants.length === 0;
  });
}

/** Rights for recovery after a fault, or that S3 checks implicitly. */
const seldom = [
  // an upload that finds no room in its first counter of the quota
  /"in-flight".*"BatchGetItem"/,
  // `render` reads them by the addresses that `prepare` signs, without asking for the right
  /^prepare: .*"uploads\/.*"GetObject"/,
  // places left behind by a failed write
  /^(offer|relay-events|print): .*waiting#.*"DeleteItem"/,
  // jobs that a replaced relay had not begun are offered again
  /^relay: .*(waiting#.*"PutItem"|"offer")/,
  // a stream that fails
  /^prepare: .*"AbortMultipartUpload"/,
  // the emulator of this test has no functions
  /^(prepare|preview|print): .*"render(-large)?"/,
  // a document that is made once more, with more memory
  /^(prepare|preview|print): .*turn#.*"UpdateItem"/,
  // a conversion of a company that has too many under way
  /^prepare: .*"queue","name":"prepare"/,
  // a newer job that replaces an older one with its key, which no conversion call does
  /^convert: .*waiting#.*"GetItem"/,
  // the first call of an installation makes its secret
  /^live: .*keyring#.*"PutItem"/,
  // a company's use of events is renewed once a day
  /^webhooks: .*"events".*"UpdateItem"/,
  // a webhook that has failed for three days is switched off, which is an event for the company's others
  /^notify: .*"events".*"(BatchWriteItem|BatchGetItem)"/,
  // a process decrypts the secret once, and the scene has done it to make the webhook
  /^notify: .*"keyring"}$/,
  // the last state of a printer that was held back for ten seconds, and a relay that has been away for a minute
  /^sweep: .*"events".*"(GetItem|BatchGetItem|PutItem|UpdateItem|Query)"/,
  // without ListBucket, S3 answers 403 instead of 404 for an absent object
  /"listings"/,
];

describe('requests of functions to AWS are granted', () => {
  test.each(rows)('%s: %s', async (name, useCase) => {
    await setStage(fresh(), unwatched, turns);
    const work = await scenes[useCase]();

    const all = await watch(work);

    expect(all).not.toEqual([]);
    expect(refused(name, all)).toEqual([]);
  });

  const withKeys = [
    'print',
    'status',
    'upload',
    'job-check',
    'printers',
    'relay',
    'preview',
    'webhooks',
    'convert',
    'live',
  ] as const;
  test.each(withKeys)('%s: a key', async name => {
    // a different registry per function, because of the key cache
    const all = await watch(() => authenticate({ ...ports, registry: { ...ports.registry } }, key));

    expect(all).toHaveLength(3);
    expect(refused(name, all)).toEqual([]);
  });

  test('every grant is used, or is for a case that cannot be produced here', () => {
    const granted = names.flatMap(name =>
      grantsOf(name).flatMap(grant =>
        'actions' in grant ? grant.actions.map(action => wordsOf(name, grant, action)) : [wordsOf(name, grant)],
      ),
    );

    expect(granted.filter(words => !used.has(words) && !seldom.some(pattern => pattern.test(words)))).toEqual([]);
  });
});
