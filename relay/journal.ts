import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { log } from '../shared/telemetry/log.ts';
import { writeDurably } from './durable.ts';

/*
 * A map on disk: one file of lines, each `<crc32 of the rest> <key and entry as JSON>`, the last line of a key being
 * its entry, a line without entry its end. Lines that are put while others are being synced go to disk together. A
 * line that was cut by a crash, and all after it, were never answered and are dropped on opening.
 *
 * When the disk takes no more, puts wait until it does: a relay that cannot write its journal must not print.
 */

export interface Journal<Entry> {
  /** As they will be on disk; in the order in which they were first put. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Durable when answered. Puts are made durable in the order in which they were asked. */
  put(key: string, entry: Entry): Promise<void>;
  /** On disk with what is put next: for what may as well be found again after a crash. Without entry, ends the key. */
  putLater(key: string, entry?: Entry): void;
  /** Answers once all is on disk that was put. */
  close(): Promise<void>;
}

const retryMilliseconds = 1000;
/** The file is written anew once it holds this many lines more than twice its entries. */
const deadLinesAtMost = 20_000;

/** Opens the journal at `path`, made if it is not there. One process at a time. */
export async function openJournal<Entry>(path: string): Promise<Journal<Entry>> {
  const journal = new JournalFile<Entry>(path, await readEntries<Entry>(path));
  await journal.rewrite();
  return journal;
}

class JournalFile<Entry> implements Journal<Entry> {
  readonly entries: Map<string, Entry>;
  readonly #path: string;
  #file: FileHandle | undefined;
  /** octets and lines that are on disk and good */
  #octets = 0;
  #lines = 0;
  #waiting: { line: string; done: () => void }[] = [];
  #flushing: Promise<void> | undefined;

  constructor(path: string, entries: Map<string, Entry>) {
    this.#path = path;
    this.entries = entries;
  }

  put(key: string, entry: Entry): Promise<void> {
    return new Promise(done => {
      this.putLater(key, entry, done);
      this.#flushing ??= this.#flush();
    });
  }

  putLater(key: string, entry?: Entry, done = () => {}): void {
    if (entry === undefined) this.entries.delete(key);
    else this.entries.set(key, entry);
    this.#waiting.push({ line: lineOf(JSON.stringify([key, entry])), done });
  }

  async close(): Promise<void> {
    await (this.#flushing ?? this.#flush());
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Writes only what still counts, beside the old file, and takes its place. */
  async rewrite(): Promise<void> {
    const lines = [...this.entries].map(entry => lineOf(JSON.stringify(entry)));
    const text = lines.join('');
    await writeDurably(this.#path, text);
    await this.#file?.close();
    this.#file = await open(this.#path, 'r+');
    this.#octets = Buffer.byteLength(text);
    this.#lines = lines.length;
  }

  async #flush(): Promise<void> {
    // what the same turn of the event loop still has to say goes to disk with it
    await new Promise(resolve => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#untilItWorks(() => this.#write(batch.map(({ line }) => line)));
      for (const { done } of batch) done();
    }
    this.#flushing = undefined;
  }

  async #write(lines: string[]): Promise<void> {
    if (this.#lines > 2 * this.entries.size + deadLinesAtMost) return await this.rewrite();
    const file = this.#file as FileHandle;
    const octets = Buffer.from(lines.join(''));
    // at its place rather than at the end: after a failure the same place is written again
    for (let at = 0; at < octets.length; ) {
      at += (await file.write(octets, at, octets.length - at, this.#octets + at)).bytesWritten;
    }
    await file.datasync();
    this.#octets += octets.length;
    this.#lines += lines.length;
  }

  async #untilItWorks(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        log('journal-not-written', { error });
        await sleep(retryMilliseconds);
      }
    }
  }
}

function lineOf(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

async function readEntries<Entry>(path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const unended = lines.pop();
  const firstBad = lines.findIndex(line => lineOf(line.slice(9)) !== `${line}\n`);
  const good = firstBad < 0 ? lines : lines.slice(0, firstBad);
  if (unended || firstBad >= 0) log('journal-torn', { lines: good.length, dropped: lines.length - good.length });
  for (const line of good) {
    const [key, entry] = JSON.parse(line.slice(9)) as [string, Entry | null];
    if (entry === null) entries.delete(key);
    else entries.set(key, entry);
  }
  return entries;
}
