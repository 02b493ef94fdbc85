import { statfs } from 'node:fs/promises';
import type { HttpResponse } from '../shared/contracts/contract.ts';
import { companyPrefixes } from '../shared/core/domain/document.ts';
import type { CompanyId } from '../shared/core/domain/ids.ts';
import type { Ports } from '../shared/core/ports/index.ts';

/*
 * Who may still store something as the disk of the data folder fills up. Companies share it, so the one that fills it
 * is refused first: once less than a tenth is free, a company whose documents take more room than is left. Below two
 * hundredths every company is refused, because printing what is stored needs room too.
 */

const scarceShare = 0.1;
const leastShare = 0.02;
const usageMilliseconds = 5 * 60_000;
/** What a disk takes in this time is far less than a hundredth of it. */
const diskMilliseconds = 500;

interface Free {
  bavail: number;
  blocks: number;
  bsize: number;
}
export type Disk = (folder: string) => Promise<Free>;

export class DiskSpace {
  readonly #folder: string;
  readonly #ports: Pick<Ports, 'documents' | 'clock'>;
  readonly #disk: Disk;
  #free: { at: number; is: Promise<Free> } | undefined;
  readonly #usages = new Map<CompanyId, { at: number; octets: Promise<number> }>();

  constructor(folder: string, ports: Pick<Ports, 'documents' | 'clock'>, disk: Disk = statfs) {
    this.#folder = folder;
    this.#ports = ports;
    this.#disk = disk;
  }

  /** The answer to a request whose body would not find room; undefined when it does. */
  async refusal(): Promise<HttpResponse | undefined> {
    const { bavail, blocks } = await this.#freeNow();
    if (bavail >= blocks * leastShare) return undefined;
    return full('The disk of this server is almost full. Ask its operator to make room.');
  }

  /** The same for one company. */
  async refusalOf(company: CompanyId): Promise<HttpResponse | undefined> {
    const { bavail, blocks, bsize } = await this.#freeNow();
    if (bavail >= blocks * scarceShare || (await this.#octetsOf(company)) <= bavail * bsize) return undefined;
    return full(
      'The disk of this server is filling up and most of it holds documents of your company. ' +
        'Wait until some are deleted, or ask the operator to make room.',
    );
  }

  /** Each request asks, and the answer costs as much as a small write. */
  #freeNow(): Promise<Free> {
    const at = this.#ports.clock.now();
    if (!this.#free || Math.abs(at - this.#free.at) >= diskMilliseconds) {
      const is = this.#disk(this.#folder);
      this.#free = { at, is };
      is.catch(() => {
        this.#free = undefined;
      });
    }
    return this.#free.is;
  }

  /** Measured every five minutes, since it reads a whole folder. */
  #octetsOf(company: CompanyId): Promise<number> {
    const now = this.#ports.clock.now();
    const known = this.#usages.get(company);
    if (known && now - known.at < usageMilliseconds) return known.octets;
    const lists = companyPrefixes(company).map(prefix => this.#ports.documents.list(prefix));
    const measured = Promise.all(lists).then(found => found.flat().reduce((sum, { octets }) => sum + octets, 0));
    const octets = known ? known.octets : measured;
    this.#usages.set(company, { at: now, octets });
    measured.then(
      () => this.#usages.set(company, { at: now, octets: measured }),
      () => this.#usages.delete(company),
    );
    return octets;
  }
}

const full = (message: string): HttpResponse => ({
  status: 507,
  headers: { 'content-type': 'application/json', 'retry-after': '60' },
  body: JSON.stringify({ message }),
});
