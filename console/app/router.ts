import { signal } from '@preact/signals';

/** Addresses of views: paths below /console/, with their filters in the query. */

export const base = '/console';

export interface Address {
  /** `/jobs/3f0c` */
  path: string;
  query: URLSearchParams;
}

const read = (): Address => ({
  path: decodeURI(location.pathname.replace(/^\/console/, '')).replace(/(.)\/$/, '$1') || '/',
  query: new URLSearchParams(location.search),
});

export const address = signal<Address>(read());
/** counts visits, so that focus goes to the new page's heading and stays where it is on the first */
export const visits = signal(0);

/** `replace` for what is not a visit: a filter that changes with each letter. */
export function go(to: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', base + to);
  follow(!replace);
}

function follow(isVisit: boolean): void {
  address.value = read();
  if (!isVisit) return;
  visits.value += 1;
  scrollTo(0, 0);
}

/** The address of this view with other filters; an empty one goes out of the query. */
export function withQuery(changes: Record<string, string>): string {
  const { path, query } = address.value;
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  const text = changed.toString();
  return text ? `${path}?${text}` : path;
}

/** Links of the console change the view without loading the page. */
export function followLinks(): void {
  addEventListener('popstate', () => follow(true));
  document.addEventListener('click', event => {
    const link = (event.target as Element | null)?.closest?.('a');
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
    const { origin, pathname, search, hash } = new URL(link.href);
    if (origin !== location.origin || !pathname.startsWith(`${base}/`) || hash) return;
    event.preventDefault();
    go(pathname.slice(base.length) + search);
  });
}
