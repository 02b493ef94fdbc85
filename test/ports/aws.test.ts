import { afterAll } from 'vitest';
import { openBucket, openQueue, openTables } from '../../doubles/aws-harness.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../../scripts/ministack.ts';
import { addressSuite } from './address-suite.ts';
import { documentStoreSuite } from './document-store-suite.ts';
import { jobStoreSuite } from './job-store-suite.ts';
import { messageQueueSuite } from './message-queue-suite.ts';
import { multipartSuite } from './multipart-suite.ts';
import { pieceStoreSuite } from './piece-store-suite.ts';
import { registrySuite } from './registry-suite.ts';
import { uploadStoreSuite } from './upload-store-suite.ts';

/** Runs the port suites with the AWS adapters on an emulator. */

const ministack = await startMiniStack();
afterAll(() => ministack.stop());

const settings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };

jobStoreSuite('aws', () => openTables(settings));
uploadStoreSuite('aws', () => openTables(settings));
registrySuite('aws', () => openTables(settings));
documentStoreSuite('aws', () => openBucket(settings));
multipartSuite('aws', () => openBucket(settings));
addressSuite('aws', () => openBucket(settings));
pieceStoreSuite('aws', () => openBucket(settings));
messageQueueSuite('aws', () => openQueue(settings));
