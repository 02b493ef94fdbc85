import { base } from '../../app/router.ts';
import { useQuery } from '../../app/use-query.ts';
import { Action } from '../../parts/action.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Pending } from '../../parts/page.tsx';
import { printTestPage } from '../printers/test-page.ts';

/** The way to the first page, with ticks that appear as it is walked. */
export function FirstSteps() {
  const { data: printers, error } = useQuery('first-printers', client => client.printers());
  const { data: locations } = useQuery('first-locations', client => client.locations());
  if (!printers || !locations) return <Pending error={error} />;
  const hasRelay = locations.some(({ online }) => online);
  const ready = printers.find(({ active, printer }) => active && isOnline(printer, locations));
  return (
    <section class="card">
      <h2>Three steps to the first page</h2>
      <ol class="steps">
        <Step isDone={hasRelay} title="Connect a relay">
          {hasRelay ? 'A relay is connected.' : 'The relay is the program beside your printers.'}{' '}
          {!hasRelay && <a href={`${base}/places`}>Make a place and get its code</a>}
        </Step>
        <Step isDone={ready !== undefined} title="Switch a printer on">
          {ready ? `${ready.printer} accepts jobs.` : 'A printer that a relay has found accepts jobs once you say so.'}{' '}
          {!ready && <a href={`${base}/printers`}>Go to the printers</a>}
        </Step>
        <Step isDone={false} title="Print the test page">
          {ready ? (
            <Action
              label={`Print a test page on ${ready.printer}`}
              kind="primary"
              run={() => printTestPage(ready.printer)}
            />
          ) : (
            'The button appears here when a printer is ready.'
          )}
        </Step>
      </ol>
      <p class="quiet">Jobs of your programs appear here by themselves.</p>
    </section>
  );
}

const isOnline = (printer: string, locations: { location: string; online: boolean }[]) =>
  locations.some(({ location, online }) => online && printer.startsWith(`${location}:`));

const Step = ({ isDone, title, children }: { isDone: boolean; title: string; children: preact.ComponentChildren }) => (
  <li class={isDone ? 'done' : ''}>
    <Icon name={isDone ? 'good' : 'waiting'} />
    <div>
      <strong>
        {title}
        {isDone && <span class="unseen"> (done)</span>}
      </strong>
      <p>{children}</p>
    </div>
  </li>
);
