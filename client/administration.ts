import { type Api, randomKey } from './api.ts';
import type { ClientJob, ClientKey, ClientLocation, ClientPrinter, ClientRelay, NewClientKey } from './types.ts';

type LocationRow = Omit<ClientLocation, 'printers'>;
type PrinterChanges = Partial<
  Pick<ClientPrinter, 'active' | 'name' | 'notes' | 'unconfirmedPolicy' | 'backlogPolicy'>
> & {
  /** null: as without it */
  expiresInSeconds?: number | null;
};

/** What a company sets up once: printers, locations, relays and keys. Most changes need a key of the scope `admin`. */
export class Administration {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** All of them, page by page. */
  async printers(): Promise<ClientPrinter[]> {
    return (await this.#pages<{ printers: ClientPrinter[] }>('/printers')).flatMap(({ printers }) => printers);
  }

  async #pages<Page>(path: string): Promise<Page[]> {
    const pages: Page[] = [];
    let cursor: string | undefined;
    do {
      const from = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const { next, ...page } = await this.#api.call<Page & { next?: string }>('GET', path + from);
      pages.push(page as Page);
      cursor = next;
    } while (cursor !== undefined);
    return pages;
  }

  async printer(printer: string): Promise<ClientPrinter> {
    return await this.#api.call<ClientPrinter>('GET', at('printers', printer));
  }

  /** Changes a printer, or makes it before its relay registers it. */
  async updatePrinter(printer: string, changes: PrinterChanges): Promise<ClientPrinter> {
    return await this.#api.call<ClientPrinter>('PATCH', at('printers', printer), { body: changes });
  }

  /** Prints a page that names the printer; a raw printer says no language, so that one may be given. */
  async printTestPage(
    printer: string,
    { language, idempotencyKey = randomKey() }: { language?: 'pdf' | 'zpl' | 'text'; idempotencyKey?: string } = {},
  ): Promise<ClientJob> {
    const headers = { 'idempotency-key': idempotencyKey };
    const path = `${at('printers', printer)}/test-page`;
    const { jobs } = await this.#api.call<{ jobs: [ClientJob] }>('POST', path, { body: { language }, headers });
    return jobs[0];
  }

  /** Has a printer show which one it is, by light or sound, if it can. */
  async identifyPrinter(printer: string): Promise<{ printer: string; actions: string[] }> {
    return await this.#api.call('POST', `${at('printers', printer)}/identify`);
  }

  async deletePrinter(printer: string): Promise<void> {
    await this.#api.call('DELETE', at('printers', printer));
  }

  /** All of them, page by page. */
  async locations(): Promise<LocationRow[]> {
    return (await this.#pages<{ locations: LocationRow[] }>('/locations')).flatMap(({ locations }) => locations);
  }

  async location(id: string): Promise<ClientLocation> {
    const pages = await this.#pages<ClientLocation>(at('locations', id));
    return { ...(pages[0] as ClientLocation), printers: pages.flatMap(({ printers }) => printers) };
  }

  /** Makes a location, or changes it. */
  async saveLocation(
    id: string,
    changes: { name?: string; active?: boolean; notes?: string } = {},
  ): Promise<ClientLocation> {
    return await this.#api.call<ClientLocation>('PUT', at('locations', id), { body: changes });
  }

  /** Deletes a location with its printers, and revokes its relays. */
  async deleteLocation(id: string): Promise<void> {
    await this.#api.call('DELETE', at('locations', id));
  }

  /**
   * A code for one relay. With `replace` also where a relay is connected, which then loses its place. With `standby` for a
   * second relay, which takes over when the first has been offline for `takeOverSeconds`, 60 by default.
   */
  async createEnrolmentCode(
    location: string,
    wishes: { replace?: boolean; standby?: boolean; takeOverSeconds?: number } = {},
  ): Promise<{ code: string; expiresAt: string }> {
    return await this.#api.call('POST', `${at('locations', location)}/enrolment-codes`, { body: wishes });
  }

  async relays(): Promise<ClientRelay[]> {
    return (await this.#api.call<{ relays: ClientRelay[] }>('GET', '/relays')).relays;
  }

  /** Disconnects a relay for good. */
  async revokeRelay(id: string): Promise<void> {
    await this.#api.call('DELETE', at('relays', id));
  }

  /** Keys without their secrets. */
  async keys(): Promise<ClientKey[]> {
    return (await this.#api.call<{ keys: ClientKey[] }>('GET', '/keys')).keys;
  }

  /** Makes a key. Only this answer contains its secret: a call whose answer is lost leaves a key to revoke. */
  async createKey(
    name: string,
    wishes: { scopes?: ClientKey['scopes']; expiresAt?: string } = {},
  ): Promise<NewClientKey> {
    return await this.#api.call<NewClientKey>('POST', '/keys', { body: { name, ...wishes } });
  }

  async revokeKey(id: string): Promise<void> {
    await this.#api.call('DELETE', at('keys', id));
  }
}

const at = (collection: string, id: string) => `/${collection}/${encodeURIComponent(id)}`;
