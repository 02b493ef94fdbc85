import type { Answer } from 'dns-packet';
import { askMdns, type Way } from './mdns.ts';

/*
 * Printers that announce themselves on the network by DNS service discovery [RFC 6763, Bonjour Printing 1.2.1]. A printer
 * that offers several protocols is offered once, by the best of them.
 */

export interface FoundPrinter {
  /** fit for a name in the cloud, made of what its owner called it */
  name: string;
  uri: string;
  /** what its owner called it */
  info: string;
  model?: string;
  location?: string;
  uuid?: string;
}

/** Protocols that are looked for, the best first: with an answer to "what became of the job", and encrypted. */
const services = ['_ipps._tcp.local', '_ipp._tcp.local', '_pdl-datastream._tcp.local'] as const;
type Service = (typeof services)[number];

const schemes: Record<Service, { scheme: string; port: number }> = {
  '_ipps._tcp.local': { scheme: 'ipps', port: 631 },
  '_ipp._tcp.local': { scheme: 'ipp', port: 631 },
  '_pdl-datastream._tcp.local': { scheme: 'socket', port: 9100 },
};

interface Instance {
  service: Service;
  name: string;
  host?: string;
  port?: number;
  text: Map<string, string>;
}

/** The printers that answer within the time, by name. */
export async function discoverPrinters(milliseconds: number, ways?: Way[]): Promise<FoundPrinter[]> {
  const instances = new Map<string, Instance>();
  const take = (records: Answer[]) => {
    for (const record of records) takeRecord(instances, record);
    return false;
  };
  await askMdns(
    services.map(name => ({ type: 'PTR' as const, name })),
    milliseconds / 2,
    take,
    ways,
  );
  // most send where they are along with that they are there
  const open = [...instances].filter(([, { host }]) => host === undefined).map(([name]) => name);
  const questions = open.flatMap(name => [
    { type: 'SRV' as const, name },
    { type: 'TXT' as const, name },
  ]);
  if (questions.length > 0) await askMdns(questions, milliseconds / 2, take, ways);
  return bestOf([...instances.values()]);
}

function takeRecord(instances: Map<string, Instance>, record: Answer): void {
  if (record.type === 'PTR') {
    const service = services.find(each => each === record.name.toLowerCase());
    const key = record.data;
    if (service && !instances.has(key.toLowerCase()))
      instances.set(key.toLowerCase(), { service, name: key.slice(0, -service.length - 1), text: new Map() });
    return;
  }
  const instance = instances.get(record.name.toLowerCase());
  if (!instance) return;
  if (record.type === 'SRV')
    Object.assign(instance, { host: record.data.target.replace(/\.$/, ''), port: record.data.port });
  if (record.type === 'TXT') instance.text = textOf(record.data);
}

/** `key=value`, keys without regard to case [RFC 6763 6.4]. */
function textOf(data: unknown): Map<string, string> {
  const rows = (Array.isArray(data) ? data : [data]).map(String);
  return new Map(
    rows.map(row => {
      const at = row.indexOf('=');
      return at < 0 ? [row.toLowerCase(), ''] : [row.slice(0, at).toLowerCase(), row.slice(at + 1)];
    }),
  );
}

function bestOf(instances: Instance[]): FoundPrinter[] {
  const ranked = instances
    // port 0 says that the printer has this name and not this protocol [Bonjour Printing 1.2.1, 4.2]
    .filter(({ host, port }) => host !== undefined && port !== 0)
    .sort((a, b) => services.indexOf(a.service) - services.indexOf(b.service) || a.name.localeCompare(b.name));
  const found = new Map<string, FoundPrinter>();
  for (const instance of ranked) {
    const printer = printerOf(instance);
    const isKnown = [...found.values()].some(
      ({ info, uuid }) => info === printer.info || (uuid !== undefined && uuid === printer.uuid),
    );
    if (!isKnown) found.set(freeName(printer.name, found), printer);
  }
  return [...found].map(([name, printer]) => ({ ...printer, name }));
}

function printerOf({ service, name, host = '', port, text }: Instance): FoundPrinter {
  const { scheme, port: usual } = schemes[service];
  const path = scheme === 'socket' ? '' : `/${(text.get('rp') ?? 'ipp/print').replace(/^\//, '')}`;
  const [model, location, uuid] = [text.get('ty'), text.get('note'), text.get('uuid')];
  return {
    name: nameOf(name),
    uri: `${scheme}://${host}${port === usual ? '' : `:${port}`}${path}`,
    info: name,
    ...(model ? { model } : {}),
    ...(location ? { location } : {}),
    ...(uuid ? { uuid } : {}),
  };
}

const nameCharacters = 64;

/** Without what separates names in the cloud, and without spaces, which people would have to quote. */
function nameOf(info: string): string {
  const plain = info.replace(/[\s:;/\\?#\u0000-\u001f\u007f]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return plain.slice(0, nameCharacters) || 'printer';
}

function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? '' : `-${number}`;
    const free = `${name.slice(0, nameCharacters - ending.length)}${ending}`;
    if (!taken.has(free)) return free;
  }
}
