import { useState } from 'preact/hooks';
import { announce } from './announce.tsx';

/** A text to copy, with a button. Without the clipboard, which needs a secure page, the text is selected instead. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce('Copied.');
      setTimeout(() => setCopied(false), 2000);
    } catch {
      announce('This page may not use the clipboard. Select the text and copy it.');
    }
  };
  return (
    <button type="button" class="small" onClick={copy}>
      {isCopied ? 'Copied' : label}
    </button>
  );
}

/** A line to paste elsewhere. */
export const CopyLine = ({ text }: { text: string }) => (
  <div class="copy-line">
    <code>{text}</code>
    <Copy text={text} />
  </div>
);
