import type { NewEvent } from './event.ts';
import { uploadRecord } from './records.ts';
import type { UploadSession } from './upload-session.ts';

const nameCharacters = 255;

/** The event of an upload's change: its document is complete. */
export function uploadEvents(before: UploadSession | undefined, after: UploadSession, at: number): NewEvent[] {
  if (after.state !== 'completed' || before?.state === 'completed') return [];
  const { companyId, id: subject, version: subjectVersion } = after;
  const record = uploadRecord(after);
  const upload = { ...record, name: record.name?.slice(0, nameCharacters) };
  return [{ companyId, type: 'upload.completed', at, subject, subjectVersion, data: { upload } }];
}
