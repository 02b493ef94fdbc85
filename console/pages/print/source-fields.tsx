import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { octetsText } from '../../format.ts';
import { unfinishedUploads } from './unfinished.ts';

export interface Chosen {
  kind: 'files' | 'pageUrl' | 'html';
  files: File[];
  text?: string;
}

const kinds = [
  ['files', 'Files'],
  ['pageUrl', 'Web page'],
  ['html', 'HTML'],
] as const;

/** What is printed: files, or what the service fetches and renders. */
export function SourceFields({ source }: { source: Signal<Chosen> }) {
  const { kind } = source.value;
  return (
    <fieldset class="card">
      <legend>What</legend>
      <div class="tabs">
        {kinds.map(([value, label]) => (
          <label key={value} class={value === kind ? 'tab chosen' : 'tab'}>
            <input
              type="radio"
              name="kind"
              class="unseen"
              checked={value === kind}
              onChange={() => {
                source.value = { kind: value, files: [] };
              }}
            />
            {label}
          </label>
        ))}
      </div>
      {kind === 'files' && <Files source={source} />}
      {kind === 'pageUrl' && (
        <label>
          <span>Address of the page</span>
          <input type="url" placeholder="https://" onInput={event => take(source, event.currentTarget.value)} />
        </label>
      )}
      {kind === 'html' && (
        <label>
          <span>HTML</span>
          <textarea rows={8} spellcheck={false} onInput={event => take(source, event.currentTarget.value)} />
        </label>
      )}
    </fieldset>
  );
}

function take(source: Signal<Chosen>, text: string): void {
  source.value = { ...source.value, text };
}

function Files({ source }: { source: Signal<Chosen> }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { files } = source.value;
  const unfinished = unfinishedUploads();
  useEffect(() => {
    if (files.length === 0 && input.current) input.current.value = '';
  }, [files]);
  const choose = (list: FileList | null | undefined) => {
    source.value = { kind: 'files', files: [...(list ?? [])] };
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer?.files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same without dragging
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label for="files">Drop files here, or choose them</label>
      <input id="files" ref={input} type="file" multiple onChange={event => choose(event.currentTarget.files)} />
      <p class="quiet">PDF, images, text, and the language of your printer, such as ZPL.</p>
      {unfinished.map(({ uploadId, fileName, octets }) => (
        <p key={uploadId} class="note attention">
          The upload of <strong dir="auto">{fileName}</strong> ({octetsText(octets)}) was interrupted. Choose the same
          file to continue where it stopped.
        </p>
      ))}
      {files.length > 0 && (
        <ul class="files">
          {files.map(file => (
            <li key={file.name}>
              <span dir="auto">{file.name}</span> <span class="quiet">{octetsText(file.size)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
