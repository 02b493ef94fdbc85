import { ClientError, type ClientPrinter } from '../../client/index.ts';
import { isAdmin } from '../app/access.ts';
import { base, go } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Action, act } from '../parts/action.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { formatName, valueName } from '../words.ts';
import { JobTable } from './jobs/job-table.tsx';
import { ActiveSwitch } from './printers/active-switch.tsx';
import { PrinterSettings } from './printers/settings.tsx';
import { useTaken } from './printers/taken.ts';
import { printTestPage } from './printers/test-page.ts';
import { isMute, placeOf } from './printers/truth.ts';
import { TruthLine } from './printers.tsx';

export function PrinterPage({ id }: { id: string }) {
  const { data: printer, error, refresh } = useQuery(`printer ${id}`, client => client.printer(id));
  if (printer) return <Details printer={printer} />;
  const isMissing = error instanceof ClientError && error.status < 500 && error.status > 0;
  return (
    <Page title={isMissing ? 'No such printer' : 'Printer'}>
      {isMissing ? (
        <p>
          There is no printer {id}. <a href={`${base}/printers`}>Show all printers</a>
        </p>
      ) : (
        <Pending error={error} retry={refresh} />
      )}
    </Page>
  );
}

function Details({ printer }: { printer: ClientPrinter }) {
  const { printer: id, name } = printer;
  const { data: places } = useQuery('places', client => client.locations());
  const taken = useTaken(isMute(printer) ? { printer: id } : undefined);
  return (
    <Page
      title={name || id}
      lead={name && name !== id ? id : undefined}
      actions={
        <a class="button primary" href={`${base}/print?printer=${encodeURIComponent(id)}`}>
          Print on it
        </a>
      }
    >
      <section class="card">
        {places && <TruthLine printer={printer} place={placeOf(id, places)} tookAt={taken?.get(id)} />}
        {isAdmin.value && <ActiveSwitch printer={printer} />}
        <div class="buttons">
          <Action label="Print a test page" run={() => printTestPage(id)} disabled={!printer.active} />
          {isRaw(printer) && (
            <Action label="Print a test label (ZPL)" run={() => printTestPage(id, 'zpl')} disabled={!printer.active} />
          )}
          {printer.attributes['identify-actions-supported'] !== undefined && (
            <Action
              label="Identify"
              run={() => act(`${id} was asked to show itself by light or sound.`, client => client.identifyPrinter(id))}
            />
          )}
          {isAdmin.value && (
            <Action
              label="Delete"
              kind="danger"
              confirm={{
                title: `Delete ${id}?`,
                text: 'Programs can no longer print on it. A relay that still has it registers it again, switched off.',
                yes: 'Delete the printer',
              }}
              run={() => deletePrinter(id)}
            />
          )}
        </div>
      </section>
      <QueueOf printer={id} />
      <div class="columns">
        <Abilities printer={printer} />
        {isAdmin.value && <PrinterSettings printer={printer} />}
      </div>
    </Page>
  );
}

/** It does not say its languages; label printers at port 9100 take ZPL most of all. */
const isRaw = ({ state, attributes }: ClientPrinter) =>
  state === 'unknown' && attributes['document-format-supported'] === undefined;

async function deletePrinter(id: string): Promise<void> {
  const isDone = await act(`${id} is deleted.`, client => client.deletePrinter(id).then(() => true));
  if (isDone) go('/printers');
}

/** In the order in which the printer gets them. */
function QueueOf({ printer }: { printer: string }) {
  const { data, error } = useQuery(`queue ${printer}`, (client, signal) =>
    client.jobPage({ printer, state: 'active', limit: 50 }, signal),
  );
  return (
    <section>
      <h2>Queue</h2>
      {!data && <Pending error={error} />}
      {data?.jobs.length === 0 && (
        <p class="quiet">
          No open jobs. <a href={`${base}/jobs?printer=${encodeURIComponent(printer)}`}>Show what was printed here</a>
        </p>
      )}
      {data && data.jobs.length > 0 && (
        <JobTable jobs={data.jobs.toReversed()} caption={`Jobs of ${printer}, in their order`} />
      )}
    </section>
  );
}

const shownFirst: [attribute: string, name: string][] = [
  ['printer-make-and-model', 'Model'],
  ['printer-info', 'Description'],
  ['media-default', 'Usual paper'],
  ['media-supported', 'Papers'],
  ['media-source-supported', 'Trays'],
  ['sides-supported', 'Sides'],
  ['color-supported', 'Colour'],
  ['document-format-supported', 'Formats'],
];

function Abilities({ printer: { attributes, state, stateReasons } }: { printer: ClientPrinter }) {
  const known = shownFirst.filter(([attribute]) => attributes[attribute] !== undefined);
  return (
    <section class="card">
      <h2>What it can do</h2>
      {known.length === 0 && <p class="quiet">This printer cannot be asked: its relay only sends to it.</p>}
      <dl class="facts">
        {known.map(([attribute, name]) => (
          <>
            <dt key={attribute}>{name}</dt>
            <dd>
              {valueText(attributes[attribute], attribute === 'document-format-supported' ? formatName : valueName)}
            </dd>
          </>
        ))}
      </dl>
      <details>
        <summary>Report of the relay, as it came</summary>
        <pre>{JSON.stringify({ state, stateReasons, attributes }, undefined, 2)}</pre>
      </details>
    </section>
  );
}

const longest = 12;

function valueText(value: unknown, nameOf: (value: string) => string): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (!Array.isArray(value)) return nameOf(String(value));
  const names = value.slice(0, longest).map(each => nameOf(String(each)));
  return names.join(', ') + (value.length > longest ? ` and ${value.length - longest} more` : '');
}
