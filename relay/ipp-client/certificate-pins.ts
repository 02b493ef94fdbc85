import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { IppExchangeError } from './errors.ts';

/*
 * Certificates of printers by first sight, as SSH keeps those of hosts: printers' certificates are self-signed, so that
 * no authority can tell a printer from a machine in its place, but the same printer shows the same one. A pin belongs to
 * an address, and to the printer-uuid once that is known: a printer at a new address must show the certificate of before.
 */

export interface Pin {
  /** `host:port` */
  authority: string;
  /** SHA-256, in hexadecimal */
  fingerprint: string;
  printerUuid?: string;
  /** of the first sight, ISO 8601 */
  since: string;
}

export class CertificatePins {
  readonly #path: string | undefined;
  #pins: Pin[];

  /** Without a path, pins last as long as the process. */
  constructor(path?: string) {
    this.#path = path;
    this.#pins = this.#read() ?? [];
  }

  /** Takes in a certificate at its first sight. Throws when the address had another one before. */
  check(authority: string, fingerprint: string): void {
    if (this.#find(authority) === undefined) {
      this.#keep([...this.#pins, { authority, fingerprint, since: new Date().toISOString() }]);
    }
    if (this.#find(authority)?.fingerprint === fingerprint) return;
    // a person may have accepted it meanwhile, by `trust` in another process
    this.#pins = this.#read() ?? this.#pins;
    const pin = this.#find(authority);
    if (pin && pin.fingerprint !== fingerprint) throw changed(pin, fingerprint);
    if (!pin) this.check(authority, fingerprint);
  }

  /** Takes in which printer is at an address. Throws when that printer had another certificate elsewhere. */
  identify(authority: string, printerUuid: string): void {
    const own = this.#find(authority);
    if (!own || own.printerUuid === printerUuid) return;
    const former = this.#pins.find(pin => pin.printerUuid === printerUuid);
    if (former && former.fingerprint !== own.fingerprint) {
      this.#keep(this.#pins.filter(pin => pin !== own));
      throw changed(former, own.fingerprint);
    }
    this.#keep(this.#pins.map(pin => (pin === own ? { ...own, printerUuid } : pin)));
  }

  /** Forgets the certificate of an address and its printer: the next one is taken in. */
  trust(authority: string): void {
    const own = this.#find(authority);
    const isOfPrinter = (pin: Pin) => own?.printerUuid !== undefined && pin.printerUuid === own.printerUuid;
    this.#keep(this.#pins.filter(pin => pin !== own && !isOfPrinter(pin)));
  }

  #find(authority: string): Pin | undefined {
    return this.#pins.find(pin => pin.authority === authority);
  }

  #read(): Pin[] | undefined {
    if (!this.#path) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      if (!(error instanceof SyntaxError)) throw error;
      const advice = 'Restore it from a backup, or remove it: the next certificate of each printer is then taken in.';
      throw new Error(`The file ${this.#path} is damaged. ${advice}`, { cause: error });
    }
  }

  #keep(pins: Pin[]): void {
    this.#pins = pins;
    if (!this.#path) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(pins, undefined, 2), { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function changed({ authority, since, printerUuid }: Pin, fingerprint: string): IppExchangeError {
  const printer = printerUuid ? `the printer ${printerUuid}` : 'the printer';
  return new IppExchangeError(
    `The certificate at ${authority} is not the one that ${printer} has shown since ${since.slice(0, 10)} (now SHA-256 ` +
      `${fingerprint.slice(0, 23)}...). If the printer was reset, updated or replaced, accept it with ` +
      '"platen-relay printers trust NAME"; otherwise find out who answers there.',
    'nothing',
    { reason: 'printer-certificate-changed' },
  );
}
