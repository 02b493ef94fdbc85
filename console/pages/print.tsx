import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientDocument, ClientPrinter } from '../../client/index.ts';
import { address } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Page, Pending } from '../parts/page.tsx';
import { count } from '../words.ts';
import { Check } from './print/check.tsx';
import { offeredBy, pageRangesOf } from './print/offered.ts';
import { OptionFields } from './print/option-fields.tsx';
import { PrinterChoice } from './print/printer-choice.tsx';
import { type Order, send } from './print/sending.ts';
import { Sendings } from './print/sendings.tsx';
import { type Chosen, SourceFields } from './print/source-fields.tsx';
import { SourcePreview } from './print/source-preview.tsx';
import { unfinishedOf } from './print/unfinished.ts';

export function Print() {
  const { data: printers, error, refresh } = useQuery('printers', client => client.printers(), 5000);
  const { data: places } = useQuery('places', client => client.locations(), 5000);
  const wanted = address.value.query.get('printer');
  const chosen = useSignal<ReadonlySet<string>>(new Set(wanted ? [wanted] : []));
  const source = useSignal<Chosen>({ kind: 'files', files: [] });
  const [problem, setProblem] = useState<string>();
  const usable = printers?.filter(({ active }) => active) ?? [];
  // the only printer there is need not be chosen
  const only = usable.length === 1 ? usable[0]?.printer : undefined;
  const selected = usable.filter(({ printer }) => chosen.value.has(printer) || printer === only);

  const form = useRef<HTMLFormElement>(null);
  const [order, setOrder] = useState<Order>();
  const look = () => {
    try {
      setOrder(form.current ? orderOf(new FormData(form.current), selected) : undefined);
    } catch {
      // not complete yet: what is missing is said when it is sent
      setOrder(undefined);
    }
  };
  const targets = selected.map(({ printer }) => printer).join();
  useEffect(look, [targets, source.value]);

  const typed = typedDocument(source.value);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    try {
      const sent = event.target as HTMLFormElement;
      sendAll(source.value, orderOf(new FormData(sent), selected));
      setProblem(undefined);
      source.value = { kind: source.value.kind, files: [] };
      sent.reset();
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };

  return (
    <Page title="Print" lead="Choose what to print and where. You can watch it until it is on paper.">
      {!printers && <Pending error={error} retry={refresh} />}
      <Sendings />
      {printers && (
        <form onSubmit={submit} onChange={look} ref={form} class="print" noValidate>
          <SourceFields source={source} />
          {typed && <SourcePreview document={typed} order={order} />}
          <PrinterChoice printers={usable} places={places} chosen={chosen} only={only} />
          <OptionFields options={offeredBy(selected)} />
          <Check file={source.value.files.length === 1 ? source.value.files[0] : undefined} order={order} />
          <p class="problem" role="alert">
            {problem}
          </p>
          <button type="submit" class="primary large">
            {submitText(source.value, selected)}
          </button>
        </form>
      )}
    </Page>
  );
}

function submitText(source: Chosen, printers: ClientPrinter[]): string {
  const what = source.kind === 'files' && source.files.length > 1 ? `Print ${source.files.length} files` : 'Print';
  const [first] = printers;
  if (!first) return what;
  return printers.length === 1
    ? `${what} on ${first.name || first.printer}`
    : `${what} on ${count(printers.length, 'printer')}`;
}

/** Throws an Error that says what is missing. */
function orderOf(form: FormData, printers: ClientPrinter[]): Order {
  if (printers.length === 0) throw new Error('Choose a printer.');
  const copies = Number(form.get('copies') ?? 1);
  if (!Number.isInteger(copies) || copies < 1 || copies > 9999) throw new Error('Copies are a number from 1 to 9999.');
  const ranges = pageRangesOf(String(form.get('pages') ?? ''));
  const wishes = ['media', 'media-source', 'sides', 'print-color-mode'].flatMap(name => {
    const value = form.get(name);
    return value ? [[name, value]] : [];
  });
  const options = {
    ...(copies > 1 && { copies }),
    ...(ranges && { 'page-ranges': ranges }),
    ...Object.fromEntries(wishes),
  };
  return { printers: printers.map(({ printer }) => printer), options: { options } };
}

/** What the service fetches or renders itself, once it is complete. */
function typedDocument({ kind, text }: Chosen): ClientDocument | undefined {
  const given = text?.trim();
  if (!given || kind === 'files') return undefined;
  if (kind === 'html') return { html: given };
  return URL.canParse(given) ? { pageUrl: given } : undefined;
}

function sendAll(source: Chosen, order: Order): void {
  if (source.kind === 'files') {
    if (source.files.length === 0) throw new Error('Choose a file to print.');
    for (const file of source.files) send(file.name, { file, uploadId: unfinishedOf(file) }, order);
    return;
  }
  const text = source.text?.trim();
  if (!text) throw new Error(source.kind === 'pageUrl' ? 'Enter the address of the page.' : 'Enter the HTML to print.');
  if (source.kind === 'pageUrl') {
    if (!URL.canParse(text)) throw new Error('This is no web address. It begins with https://');
    send(text.slice(0, 255), { document: { pageUrl: text } }, order);
  } else {
    send(/<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.trim() || 'HTML', { document: { html: text } }, order);
  }
}
