import { openBucket, openTables } from '../doubles/aws-harness.ts';
import { someBytes, someCompany, someToken } from '../doubles/samples.ts';
import { ministackCredentials, ministackRegion, startMiniStack } from '../scripts/ministack.ts';
import type { Principal } from '../shared/core/domain/company.ts';
import type { Ports } from '../shared/core/ports/index.ts';
import { completeUpload } from '../shared/core/usecases/uploads/complete-upload.ts';
import {
  completeDirectUpload,
  getDirectUpload,
  openDirectUpload,
} from '../shared/core/usecases/uploads/direct-upload.ts';
import { openUpload } from '../shared/core/usecases/uploads/open-upload.ts';
import { putSegment } from '../shared/core/usecases/uploads/put-segment.ts';
import { functions } from '../shared/protocol/service-table.ts';
import { countCalls, type Hop } from './job-calls.ts';
import { assumedMilliseconds, prices } from './prices.ts';
import { markdown } from './statistics.ts';

/*
 * The AWS requests of an upload, by segments and directly. The emulator is slow, so two sizes are counted and
 * extrapolated linearly to a gibibyte: fixed requests stay fixed.
 */

const mebibyte = 1024 ** 2;
const [smaller, larger, full] = [64 * mebibyte, 128 * mebibyte, 1024 * mebibyte] as const;
const segmentOctets = 500_000;
const principal: Principal = { companyId: someCompany(), scopes: ['print'] };

interface Road extends Hop {
  /** calls of our API, each a gateway request and an invocation */
  requests: number;
}

export async function uploadCosts(): Promise<string> {
  const roads = await countRoads();
  const rows = roads.map(road => {
    const cost = centsOf(road);
    const sum = Object.values(cost).reduce((total, part) => total + part, 0);
    return [road.name, road.requests.toFixed(0), callsOf(road), ...cells(cost), sum.toFixed(2)];
  });
  const head = ['road', 'requests', 'calls', 'gateway and functions', 'DynamoDB', 'S3', 'cents'];
  return `## An upload

A gibibyte, in requests and in cents, with the prices in \`bench/prices.ts\` and ${assumedMilliseconds.upload} ms for an invocation of \`upload\`.
Counted for ${smaller / mebibyte} and ${larger / mebibyte} MiB with segments of ${segmentOctets / 1000} kB, and extrapolated to a gibibyte; listings of segments grow
slightly faster, by a page per thousand. Storage for a day costs 0.08 cents in both cases, and the same again for the segments
until the upload is submitted.

${markdown(head, rows)}

Segments pass the gateway and a function because existing clients require it; nine tenths of their cost is the handling of
each segment. Direct uploads send their parts to the bucket.`;
}

async function countRoads(): Promise<Road[]> {
  const ministack = await startMiniStack();
  const roads: Road[] = [];
  const count = (service: string) => (client: object) => countCalls(client, service, () => roads.at(-1));
  const surroundings = { region: ministackRegion, credentials: ministackCredentials, endpoint: ministack.endpoint };
  const [tables, bucket] = await Promise.all([
    openTables(surroundings, count('dynamodb')),
    openBucket(surroundings, count('s3')),
  ]);
  const clock = { now: Date.now, token: someToken, pause: async () => undefined };
  const ports = { ...tables, ...bucket, clock } as unknown as Ports;
  const begin = (name: Road['name']) => {
    const road: Road = { name, calls: new Map(), writeUnits: 0, readUnits: 0, logOctets: 0, requests: 0 };
    roads.push(road);
    return async <T>(request: Promise<T>) => {
      road.requests++;
      return await request;
    };
  };
  try {
    for (const octets of [smaller, larger]) {
      await sendSegments(ports, octets, begin('segments'));
      const puts = await putDirectly(ports, octets, begin('direct'));
      roads.at(-1)?.calls.set('s3:UploadPart', puts);
    }
    const [segments, direct, moreSegments, moreDirect] = roads as [Road, Road, Road, Road];
    return [drawnOn(segments, moreSegments), drawnOn(direct, moreDirect)];
  } finally {
    await tables.close();
    await bucket.close();
    await ministack.stop();
  }
}

function drawnOn(less: Road, more: Road): Road {
  const on = (a: number, b: number) => b + ((b - a) * (full - larger)) / (larger - smaller);
  const calls = [...more.calls].map(([call, times]) => [call, on(less.calls.get(call) ?? 0, times)] as const);
  return {
    name: more.name,
    calls: new Map(calls),
    writeUnits: on(less.writeUnits, more.writeUnits),
    readUnits: on(less.readUnits, more.readUnits),
    logOctets: 0,
    requests: on(less.requests, more.requests),
  };
}

type Request = <T>(request: Promise<T>) => Promise<T>;

async function sendSegments(ports: Ports, octets: number, request: Request): Promise<void> {
  const { id: uploadId } = await request(openUpload(ports, principal));
  const segment = someBytes(segmentOctets);
  for (let offset = 0; offset < octets; offset += segmentOctets) {
    const bytes = segment.subarray(0, octets - offset);
    await request(putSegment(ports, principal, { uploadId, offset, bytes }));
  }
  await request(completeUpload(ports, principal, uploadId));
}

/** Returns the number of parts. */
async function putDirectly(ports: Ports, octets: number, request: Request): Promise<number> {
  const { session, addresses } = await request(openDirectUpload(ports, principal, { octets }));
  for (const part of addresses) await fetch(part.url, { method: 'PUT', body: someBytes(part.octets) });
  await request(getDirectUpload(ports, principal, session));
  await request(completeDirectUpload(ports, principal, session));
  return addresses.length;
}

/** S3 requests priced as GET or free; all others are priced as PUT. */
const isRead = (call: string) => /:(Get|Head)/.test(call);
const isFree = (call: string) => /:(Delete|Abort)/.test(call);

function centsOf({ calls, writeUnits, readUnits, requests }: Road) {
  const of = (matches: (call: string) => boolean) =>
    [...calls].reduce((sum, [call, times]) => sum + (call.startsWith('s3:') && matches(call) ? times : 0), 0);
  const seconds = assumedMilliseconds.upload / 1000;
  const run = prices.invocation + (functions.upload.memoryMegabytes / 1024) * seconds * prices.gigabyteSecondArm;
  return {
    'gateway and functions': 100 * requests * (prices.httpRequest + run),
    DynamoDB: 100 * (writeUnits * prices.writeUnit + readUnits * prices.readUnit),
    S3: 100 * (of(call => !isRead(call) && !isFree(call)) * prices.s3Put + of(isRead) * prices.s3Get),
  };
}

const cells = (cost: object) => Object.values(cost).map(part => part.toFixed(2));

const callsOf = ({ calls }: Road) => [...calls].map(([call, times]) => `${times.toFixed(0)} ${call}`).join(', ');
