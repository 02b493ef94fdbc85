import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
  isWide?: boolean;
}

/**
 * A modal `<dialog>`: the browser keeps the focus inside, and Escape closes it. `close` is sent a frame after the focus has
 * moved back to the page, where the next key could ask for the same dialog again and be lost. So Escape is handled by
 * `cancel`, which is sent at once; `close` is for browsers that leave out `cancel`, as they may without a click before.
 */
export function Dialog({ title, children, onClose, isWide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    // gives the focus back, which a removal alone does not
    return () => opened?.close();
  }, []);
  const end = (event: Event) => {
    event.preventDefault();
    // the `close` of a dialog that is off the page is no news
    if (dialog.current) onClose();
  };
  return (
    <dialog ref={dialog} class={isWide ? 'wide' : ''} onCancel={end} onClose={end} aria-labelledby="dialog-title">
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}
