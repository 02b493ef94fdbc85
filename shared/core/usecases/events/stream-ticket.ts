import { createHmac, timingSafeEqual } from 'node:crypto';
import { keyIdOf, type Principal } from '../../domain/company.ts';
import { PrintError } from '../../domain/errors.ts';
import type { EventFilter } from '../../domain/event.ts';
import type { Ports } from '../../ports/index.ts';

/*
 * A browser's `EventSource` cannot send headers, so the address of a stream contains a ticket: who may read what, and until
 * when, signed with a secret of the installation. The key itself is never part of an address.
 */

type TicketPorts = Pick<Ports, 'registry' | 'clock' | 'keyring'>;

const ticketMilliseconds = 12 * 60 * 60_000;

interface Ticket extends Pick<Principal, 'companyId' | 'scopes' | 'keyId'> {
  filter: EventFilter;
  until: number;
}

/** Makes a ticket for the streams of one page; it ends with the key that asked for it. */
export async function openEventStream(
  ports: TicketPorts,
  { companyId, scopes, keyId }: Principal,
  filter: EventFilter,
): Promise<{ ticket: string; expiresAt: number }> {
  const until = ports.clock.now() + ticketMilliseconds;
  const ticket: Ticket = { companyId, scopes, keyId, filter, until };
  const what = Buffer.from(JSON.stringify(ticket)).toString('base64url');
  return { ticket: `${what}.${(await signatureOf(ports, what)).toString('base64url')}`, expiresAt: until };
}

/** Returns what a ticket permits. Throws `unauthorized` when it is not ours or has expired, or its key was revoked. */
export async function useTicket(
  ports: TicketPorts,
  text: string,
): Promise<{ principal: Principal; filter: EventFilter }> {
  const [what = '', signature = ''] = text.split('.');
  const shown = Buffer.from(signature, 'base64url');
  const right = await signatureOf(ports, what);
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) throw notValid();
  const { filter, until, ...principal } = JSON.parse(Buffer.from(what, 'base64url').toString()) as Ticket;
  const now = ports.clock.now();
  const [keys, company] = await Promise.all([
    ports.registry.listKeys(principal.companyId),
    ports.registry.getCompany(principal.companyId),
  ]);
  const key = keys.find(each => keyIdOf(each) === principal.keyId);
  const isGood = until > now && key && (key.expiresAt === undefined || key.expiresAt > now);
  if (!isGood || !company?.active) throw notValid();
  return { principal, filter };
}

const signatureOf = async ({ keyring }: TicketPorts, what: string) =>
  createHmac('sha256', await keyring.keyFor('stream-tickets'))
    .update(what)
    .digest();

const notValid = () =>
  new PrintError('unauthorized', 'The address of this stream is not valid or has expired. Ask for a new one.');
