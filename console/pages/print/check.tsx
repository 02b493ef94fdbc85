import { useEffect, useState } from 'preact/hooks';
import { type ClientCheck, ClientError } from '../../../client/index.ts';
import { ask } from '../../app/api.ts';
import { count, formatName } from '../../words.ts';
import type { Order } from './sending.ts';

/** Larger files are not sent twice for a forecast. */
const octetsAtMost = 3 * 1024 * 1024;
const settledMilliseconds = 400;

/** What would be printed, before it is sent: pages, what a printer does otherwise than asked, or why it is refused. */
export function Check({ file, order }: { file: File | undefined; order: Order | undefined }) {
  const [found, setFound] = useState<ClientCheck | string>();
  const asked = JSON.stringify(order);
  useEffect(() => {
    setFound(undefined);
    if (!file || !order || file.size === 0 || file.size > octetsAtMost) return;
    const ended = new AbortController();
    const timer = setTimeout(() => {
      forecast(file, order, ended.signal).then(setFound, error => {
        // without an answer there is no forecast; sending says what is wrong
        if (!ended.signal.aborted && error instanceof ClientError && error.status < 500) setFound(error.message);
      });
    }, settledMilliseconds);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [file, asked]);

  if (!found) return null;
  if (typeof found === 'string') return <p class="note bad">{found}</p>;
  const { format, pageCount, warnings, printers } = found;
  const substitutions = printers.flatMap(({ printer, substitutions }) =>
    substitutions.map(text => `${printer}: ${text}`),
  );
  const remarks = [...warnings, ...substitutions];
  return (
    <div class={remarks.length > 0 ? 'note attention' : 'quiet'}>
      <p>
        {format && formatName(format)}
        {pageCount !== undefined && `, ${count(pageCount, 'page')}`}
      </p>
      {remarks.map(text => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

async function forecast(file: File, { printers, options }: Order, signal: AbortSignal): Promise<ClientCheck> {
  const octets = new Uint8Array(await file.arrayBuffer());
  const base64 = btoa(Array.from(octets, octet => String.fromCharCode(octet)).join(''));
  return await ask('action', client => client.check({ base64 }, printers, { name: file.name, ...options, signal }));
}
