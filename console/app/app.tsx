import type { FunctionComponent } from 'preact';
import { Events } from '../pages/events.tsx';
import { Health } from '../pages/health.tsx';
import { JobPage } from '../pages/job.tsx';
import { Jobs } from '../pages/jobs.tsx';
import { Keys } from '../pages/keys.tsx';
import { Places } from '../pages/places.tsx';
import { Print } from '../pages/print.tsx';
import { PrinterPage } from '../pages/printer.tsx';
import { Printers } from '../pages/printers.tsx';
import { SharedJob, sharedPath } from '../pages/shared.tsx';
import { Webhooks } from '../pages/webhooks.tsx';
import { OutcomeBar } from '../parts/action.tsx';
import { LiveRegion } from '../parts/announce.tsx';
import { Page } from '../parts/page.tsx';
import { address } from './router.ts';
import { session } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { Navigation, StaleNotice, TopBar } from './top-bar.tsx';

/** Views by their path; what is in brackets is their `id`. */
const views: [path: RegExp, view: FunctionComponent<{ id: string }>][] = [
  [/^\/$/, Jobs],
  [/^\/jobs$/, Jobs],
  [/^\/jobs\/([^/]+)$/, JobPage],
  [/^\/print$/, Print],
  [/^\/printers$/, Printers],
  [/^\/printers\/([^/]+)$/, PrinterPage],
  [/^\/places$/, Places],
  [/^\/events$/, Events],
  [/^\/webhooks$/, Webhooks],
  [/^\/keys$/, Keys],
  [/^\/health$/, Health],
];

export function App() {
  if (address.value.path === sharedPath) return <SharedJob />;
  if (!session.value) return <SignIn />;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar />
      <div class="frame">
        <Navigation />
        <main id="main">
          <StaleNotice />
          <View />
        </main>
      </div>
      <OutcomeBar />
      <LiveRegion />
    </>
  );
}

function View() {
  const { path } = address.value;
  for (const [pattern, Found] of views) {
    const match = pattern.exec(path);
    if (match) return <Found key={path} id={decodeURIComponent(match[1] ?? '')} />;
  }
  return (
    <Page title="No such page">
      <p>
        There is no page at this address. <a href="/console/jobs">Go to the jobs.</a>
      </p>
    </Page>
  );
}
