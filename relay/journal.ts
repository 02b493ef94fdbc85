import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { log } from '../shared/telemetry/log.ts';
import { syncedByWriting, writeDurably } from './durable.ts';

/*
 * A map on disk: one file of lines, each `<crc32 of the rest> <key and entry as JSON>`, the last line of a key being
 * its entry, a line without entry its end. Lines that are put while others are being synced go to disk together. A
 * crash can only cut what was written last, which was never answered. A bad line before good ones is damage: what it
 * said is lost, and so the entries are not the whole truth any more.
 *
 * When the disk takes no more, puts wait until it does: a relay that cannot write its journal must not print.
 *
 * Beside it, `<path>.id` says where the file is on its disk, and in which boot of the machine. A copy is elsewhere, and a
 * restored disk is used by another boot.
 *
 * A table of `node:sqlite` in its place printed a fifth to a third fewer jobs a second, since it syncs on the main thread.
 */

export interface Journal<Entry> {
  /** what opening found: no file, a file with damage, or a good one */
  readonly origin: 'new' | 'damaged' | 'good';
  /** Random. Kept only while the file is certainly the one that was written last: a copy of it has another. */
  readonly id: string;
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

export interface JournalOptions {
  /** Called when a write fails, with its error, and without one when writing works again. */
  onTrouble?: (error: Error | undefined) => void;
}

/** Opens the journal at `path`, made if it is not there. One process at a time. */
export async function openJournal<Entry>(path: string, options: JournalOptions = {}): Promise<Journal<Entry>> {
  const found = await readEntries<Entry>(path);
  if (found.origin === 'damaged') await keepDamaged(path);
  const journal = new JournalFile<Entry>(path, (await keptId(path)) ?? randomUUID(), found, options);
  try {
    await journal.rewrite();
  } catch (error) {
    // a full disk must not keep the relay from starting: it goes on behind the good lines
    log.info('journal-not-rewritten', { error });
    await journal.continue();
  }
  return journal;
}

/** The entries of a journal that another process may be writing. Changes nothing. */
export async function readJournal<Entry>(path: string): Promise<ReadonlyMap<string, Entry>> {
  return (await readEntries<Entry>(path)).entries;
}

/** Keeps the damaged file for an analysis of the disk. */
async function keepDamaged(path: string): Promise<void> {
  await copyFile(path, `${path}.damaged`).catch(error => log.info('damaged-journal-not-kept', { error }));
}

class JournalFile<Entry> implements Journal<Entry> {
  readonly entries: Map<string, Entry>;
  readonly origin: Found<Entry>['origin'];
  readonly id: string;
  readonly #onTrouble: (error: Error | undefined) => void;
  readonly #path: string;
  #file: FileHandle | undefined;
  /** octets and lines that are on disk and good */
  #octets = 0;
  #lines = 0;
  #waiting: { line: string; done: () => void }[] = [];
  #flushing: Promise<void> | undefined;

  constructor(path: string, id: string, found: Found<Entry>, { onTrouble }: JournalOptions) {
    const { entries, origin, octets, lines } = found;
    this.#path = path;
    this.id = id;
    this.entries = entries;
    this.origin = origin;
    this.#octets = octets;
    this.#lines = lines;
    this.#onTrouble = onTrouble ?? (() => {});
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
    this.#file = await open(this.#path, constants.O_RDWR | syncedByWriting);
    this.#octets = Buffer.byteLength(text);
    this.#lines = lines.length;
    await this.#keepId();
  }

  /** Goes on in the file as it is. */
  async continue(): Promise<void> {
    this.#file = await open(this.#path, constants.O_RDWR | constants.O_CREAT | syncedByWriting, 0o600);
    await this.#file.truncate(this.#octets);
    await this.#keepId();
  }

  /** Without it the next process takes the file for a copy, which costs no more than some questions to a person. */
  async #keepId(): Promise<void> {
    const kept: KeptId = { id: this.id, place: await placeOf(this.#path) };
    await writeDurably(`${this.#path}.id`, JSON.stringify(kept)).catch(error =>
      log.info('journal-id-not-kept', { error }),
    );
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
    if (!syncedByWriting) await file.datasync();
    this.#octets += octets.length;
    this.#lines += lines.length;
  }

  async #untilItWorks(write: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await write();
        if (failures > 0) this.#onTrouble(undefined);
        return;
      } catch (error) {
        if (failures === 0) this.#onTrouble(error as Error);
        log.error('journal-not-written', { error });
        await sleep(retryMilliseconds);
      }
    }
  }
}

interface KeptId {
  id: string;
  place?: string;
}

/** The id, if the file is where it was when its id was kept. */
async function keptId(path: string): Promise<string | undefined> {
  const text = await readFile(`${path}.id`, 'utf8').catch(() => '{}');
  try {
    const { id, place }: Partial<KeptId> = JSON.parse(text);
    return place !== undefined && place === (await placeOf(path)) ? id : undefined;
  } catch {
    return undefined; // a torn file
  }
}

/**
 * Which file it is, and in which boot of which machine: number of the file and its time of creation, which a copy cannot
 * share [stat(2)], and an id of the boot [random(4)]. Undefined where the system has no such id.
 */
async function placeOf(path: string): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const { dev, ino, birthtimeNs } = await stat(path, { bigint: true });
    return [boot.trim(), dev, ino, birthtimeNs].join(' ');
  } catch {
    return undefined;
  }
}

function lineOf(json: string): string {
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

interface Found<Entry> {
  entries: Map<string, Entry>;
  origin: 'new' | 'damaged' | 'good';
  /** of the good lines at the front */
  octets: number;
  lines: number;
}

async function readEntries<Entry>(path: string): Promise<Found<Entry>> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const entries = new Map<string, Entry>();
  if (text === undefined) return { entries, origin: 'new', octets: 0, lines: 0 };
  const lines = text.split('\n');
  const unended = lines.pop();
  const isGood = lines.map(line => lineOf(line.slice(9)) === `${line}\n`);
  const firstBad = isGood.includes(false) ? isGood.indexOf(false) : lines.length;
  const isDamaged = isGood.lastIndexOf(true) > firstBad;
  const bad = isGood.filter(good => !good).length + (unended ? 1 : 0);
  if (bad > 0) log.error(isDamaged ? 'journal-damaged' : 'journal-torn', { lines: lines.length, dropped: bad });
  for (const line of lines.filter((_, index) => isGood[index])) {
    const [key, entry] = JSON.parse(line.slice(9)) as [string, Entry | null];
    if (entry === null) entries.delete(key);
    else entries.set(key, entry);
  }
  const octets = Buffer.byteLength(
    lines
      .slice(0, firstBad)
      .map(line => `${line}\n`)
      .join(''),
  );
  return { entries, origin: isDamaged ? 'damaged' : 'good', octets, lines: firstBad };
}
