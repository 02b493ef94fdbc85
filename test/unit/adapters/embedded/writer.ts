import { writeSync } from 'node:fs';
import { someBytes, someCompany, someJob, someSession, someToken, storedSession } from '../../../../doubles/samples.ts';
import { openEmbedded } from '../../../../shared/adapters/embedded/open-embedded.ts';

/*
 * A process that writes to every store concurrently and as fast as it can, and prints one line for each
 * acknowledgement. Made to be killed.
 */

const { jobs, documents, pieces, queue, uploads } = await openEmbedded({
  folder: process.argv[2] as string,
  publicUrl: () => 'http://localhost',
});
const company = someCompany();
/** Synchronous, so that the pipe contains exactly what was acknowledged. */
const answered = (...words: (string | number)[]) => writeSync(1, `${words.join(' ')}\n`);

async function forever(write: (count: number) => Promise<void>): Promise<void> {
  for (let count = 1; ; count++) await write(count);
}

const session = someSession(company);
await storedSession(uploads, session);
answered('session', session.id);

const multipartKey = `companies/${company}/documents/parts`;
const multipartId = await documents.createMultipart(multipartKey, 10_000);

for (let writer = 0; writer < 4; writer++) {
  void forever(async () => {
    const job = someJob(company);
    await jobs.create([job]);
    answered('job', job.id);
  });
  void forever(async count => {
    const key = `companies/${company}/documents/${someToken()}`;
    // in the database, and in files
    const octets = (count % 2 === 0 ? 5000 : 200_000) + count;
    await documents.put(key, someBytes(octets, count));
    answered('document', key, octets, count);
  });
  void forever(async count => {
    const ordinal = count * 4 + writer;
    await pieces.put(session, { offset: ordinal * 7000, octets: 7000, ordinal }, someBytes(7000, ordinal));
    answered('piece', ordinal);
  });
  void forever(async count => {
    await queue.enqueue('offer', [`${writer}.${count}`]);
    answered('message', `${writer}.${count}`);
  });
  void forever(async count => {
    const part = ((count * 4 + writer) % 9000) + 1;
    const etag = await documents.putPart(multipartKey, multipartId, part, someBytes(10_000, part));
    answered('part', multipartKey, multipartId, part, etag);
  });
}
