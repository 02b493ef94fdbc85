import { afterAll } from 'vitest';
import { openTables } from '../../doubles/aws-harness.ts';
import { startStrictDynamo } from '../../doubles/dynamodb/strict-dynamo.ts';
import { eventLogSuite } from './event-log-suite.ts';
import { jobStoreSuite } from './job-store-suite.ts';
import { registrySuite } from './registry-suite.ts';
import { uploadStoreSuite } from './upload-store-suite.ts';
import { webhookStoreSuite } from './webhook-store-suite.ts';

/** Runs the suites of ports that use tables with the AWS adapters on a strict double. */

const dynamo = await startStrictDynamo();
afterAll(() => dynamo.close());

const credentials = { accessKeyId: 'some-key', secretAccessKey: 'some-secret' };
const settings = { region: 'eu-central-1', credentials, endpoint: dynamo.endpoint };

jobStoreSuite('aws, strict', () => openTables(settings));
uploadStoreSuite('aws, strict', () => openTables(settings));
registrySuite('aws, strict', () => openTables(settings));
eventLogSuite('aws, strict', () => openTables(settings));
webhookStoreSuite('aws, strict', () => openTables(settings));
