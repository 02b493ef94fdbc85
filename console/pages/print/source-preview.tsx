import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientDocument } from '../../../client/index.ts';
import { ask, reasonOf } from '../../app/api.ts';
import { PagePicture } from '../job/preview.tsx';
import type { Order } from './sending.ts';

/** The file is made for this picture alone. */
const keepSeconds = 60;

type Shown = { state: 'making' } | { state: 'made'; id: string } | { state: 'failed'; problem: string };

/** The first page of what the service renders, before it is printed. Another document or other options end the picture. */
export function SourcePreview({ document, order }: { document: ClientDocument; order: Order | undefined }) {
  const [shown, setShown] = useState<Shown>();
  const asked = JSON.stringify([document, order?.options]);
  const making = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    setShown(undefined);
    return () => making.current?.abort();
  }, [asked]);

  const show = async () => {
    if (shown?.state === 'making') return;
    making.current = new AbortController();
    const { signal } = making.current;
    setShown({ state: 'making' });
    try {
      const options = { name: 'Preview', ...order?.options, keepSeconds, signal };
      const job = await ask('action', async client =>
        client.waitFor((await client.make(document, options)).id, { signal }),
      );
      if (signal.aborted) return;
      const isMade = job.state === 'completed';
      setShown(isMade ? { state: 'made', id: job.id } : { state: 'failed', problem: job.message ?? job.summary });
    } catch (error) {
      if (!signal.aborted) setShown({ state: 'failed', problem: reasonOf(error) });
    }
  };

  return (
    <div class="source-preview">
      {shown?.state === 'made' ? (
        <PagePicture id={shown.id} page={1} width={320} />
      ) : (
        <button type="button" aria-disabled={shown?.state === 'making' || undefined} onClick={show}>
          {shown?.state === 'making' ? 'The first page is being made…' : 'Show the first page'}
        </button>
      )}
      {shown?.state === 'failed' && (
        <p class="problem" role="alert">
          {shown.problem}
        </p>
      )}
    </div>
  );
}
