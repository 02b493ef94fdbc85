import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Relay } from '../../../core/domain/company.ts';
import type { Location, Printer } from '../../../core/domain/printer.ts';
import type { Change } from '../../../core/ports/index.ts';
import type { Item } from './dynamo.ts';
import { jobIn } from './job-items.ts';
import { sessionIn } from './upload-store.ts';

/** An attribute in a record of a stream, where octets are base64 [AWS Lambda, DynamoDB event]. */
type StreamAttribute = { S?: string; N?: string; B?: string };

export interface StreamRecord {
  eventName?: string;
  dynamodb?: {
    /** seconds since 1970 */
    ApproximateCreationDateTime?: number;
    SequenceNumber?: string;
    NewImage?: Record<string, StreamAttribute>;
    OldImage?: Record<string, StreamAttribute>;
  };
}

/** The change of a job, upload, printer, location or relay; undefined for other items and for deletions. */
export function changeOf({ dynamodb }: StreamRecord): Change | undefined {
  const after = itemIn(dynamodb?.NewImage);
  if (!after) return undefined;
  const before = itemIn(dynamodb?.OldImage);
  const at = Math.round((dynamodb?.ApproximateCreationDateTime ?? 0) * 1000);
  const sk = after.sk?.S ?? '';
  if (sk === 'job') return { kind: 'job', before: before && jobIn(before), after: jobIn(after), at };
  if (sk === 'session') return { kind: 'upload', before: before && sessionIn(before), after: sessionIn(after), at };
  if (sk === 'relay') return { kind: 'relay', before: bodyIn<Relay>(before), after: bodyIn<Relay>(after) as Relay, at };
  if (sk.startsWith('printer#'))
    return { kind: 'printer', before: bodyIn<Printer>(before), after: bodyIn<Printer>(after) as Printer, at };
  if (sk.startsWith('location#'))
    return { kind: 'location', before: bodyIn<Location>(before), after: bodyIn<Location>(after) as Location, at };
  return undefined;
}

const bodyIn = <T>(item: Item | undefined): T | undefined => (item ? JSON.parse(item.body?.S as string) : undefined);

function itemIn(image: Record<string, StreamAttribute> | undefined): Item | undefined {
  if (!image) return undefined;
  const attributes = Object.entries(image).map(([name, value]): [string, AttributeValue] => [
    name,
    value.B === undefined ? (value as AttributeValue) : { B: Buffer.from(value.B, 'base64') },
  ]);
  return Object.fromEntries(attributes);
}
