import { signal } from '@preact/signals';
import { Icon, type IconName } from '../parts/icons.tsx';
import { Age, Clock } from '../parts/time.tsx';
import { isAdmin } from './access.ts';
import { connection, isPaused } from './connection.ts';
import { address, base, go } from './router.ts';
import { signOut } from './session.ts';
import { refreshViews } from './use-query.ts';

const isMenuOpen = signal(false);

export function TopBar() {
  return (
    <header class="top">
      <button
        type="button"
        class="menu-button"
        aria-expanded={isMenuOpen.value}
        aria-controls="navigation"
        onClick={() => {
          isMenuOpen.value = !isMenuOpen.value;
        }}
      >
        <Icon name="menu" />
        Menu
      </button>
      <a class="brand" href={`${base}/jobs`}>
        Platen
      </a>
      <Search />
      <LiveState />
      <button type="button" class="plain" onClick={() => signOut()}>
        Sign out
      </button>
    </header>
  );
}

/** A job id or a printer leads to its page, anything else to the jobs with this in their name. */
function Search() {
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('text') ?? '').trim();
    if (/^[0-9a-f]{32}$/i.test(text)) go(`/jobs/${text.toLowerCase()}`);
    else if (/^[^\s:/]+:[^:/]+$/.test(text)) go(`/printers/${encodeURIComponent(text)}`);
    else go(text ? `/jobs?text=${encodeURIComponent(text)}` : '/jobs');
  };
  return (
    <search>
      <form class="search" onSubmit={search}>
        <input
          name="text"
          type="search"
          aria-label="Find a job by name or id, or a printer"
          placeholder="Job name, id or printer"
        />
        <button type="submit">
          <Icon name="search" />
          <span class="unseen">Search</span>
        </button>
      </form>
    </search>
  );
}

/** Whether the page is up to date, and since when it is not. */
function LiveState() {
  const now = connection.value;
  const toggle = () => {
    isPaused.value = !isPaused.value;
    if (!isPaused.value) refreshViews();
  };
  return (
    <div class="live">
      <span class={`dot ${now.state}`} />
      {now.state === 'live' && <span>Live</span>}
      {now.state === 'connecting' && <span>Connecting</span>}
      {now.state === 'paused' && (
        <span>
          Paused at <Clock time={now.since} />
        </span>
      )}
      {now.state === 'reconnecting' && (
        <strong>
          Reconnecting for <Age since={now.since} />
        </strong>
      )}
      <button type="button" class="plain" onClick={toggle}>
        {isPaused.value ? 'Resume' : 'Pause'}
        <span class="unseen"> updates</span>
      </button>
    </div>
  );
}

/** Above every page while the service is silent: nothing on it is certain any more. */
export const StaleNotice = () =>
  connection.value.state === 'reconnecting' && (
    <div class="note attention" role="alert">
      <p>
        <strong>Platen does not answer.</strong> This page shows what was known at{' '}
        <Clock time={connection.value.since} />. It continues by itself when the connection is back.
      </p>
    </div>
  );

interface Entry {
  path: string;
  label: string;
  icon: IconName;
  forAdmins?: boolean;
}

const entries: Entry[] = [
  { path: '/jobs', label: 'Jobs', icon: 'jobs' },
  { path: '/print', label: 'Print', icon: 'print' },
  { path: '/printers', label: 'Printers', icon: 'printers' },
  { path: '/places', label: 'Places', icon: 'places' },
  { path: '/events', label: 'Events', icon: 'events' },
  { path: '/webhooks', label: 'Webhooks', icon: 'moving', forAdmins: true },
  { path: '/keys', label: 'Keys', icon: 'keys', forAdmins: true },
  { path: '/health', label: 'Health', icon: 'health' },
];

export function Navigation() {
  const { path } = address.value;
  const close = () => {
    isMenuOpen.value = false;
  };
  return (
    <nav id="navigation" aria-label="Pages" class={isMenuOpen.value ? 'open' : ''}>
      <ul>
        {entries
          .filter(({ forAdmins }) => !forAdmins || isAdmin.value)
          .map(({ path: to, label, icon }) => (
            <li key={to}>
              <a href={base + to} onClick={close} aria-current={isIn(path, to) ? 'page' : undefined}>
                <Icon name={icon} />
                {label}
              </a>
            </li>
          ))}
      </ul>
      <p class="help">
        <a href="/docs" target="_blank" rel="noreferrer">
          Help: API reference
        </a>
      </p>
    </nav>
  );
}

const isIn = (path: string, entry: string) =>
  path === entry || path.startsWith(`${entry}/`) || (path === '/' && entry === '/jobs');
