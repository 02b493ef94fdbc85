import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { reasonOf } from '../app/api.ts';
import { visits } from '../app/router.ts';

interface PageProps {
  title: string;
  /** under the heading: what the page is for */
  lead?: ComponentChildren;
  /** beside the heading */
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** One heading a page. It gets the focus after navigation, so that keyboards and screen readers begin there. */
export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} - Platen`;
  }, [title]);
  useLayoutEffect(() => {
    if (visits.value > 0) heading.current?.focus();
  }, []);
  return (
    <>
      <div class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions}
      </div>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </>
  );
}

/** What is shown until there are data: that they are coming, or why there are none. */
export function Pending({ error, retry }: { error?: unknown; retry?: () => void }) {
  if (!error) return <p class="quiet pending">Loading…</p>;
  return (
    <div class="note bad" role="alert">
      <p>{reasonOf(error)}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
