import { useEffect, useState } from 'preact/hooks';
import { ClientError, type ClientJob } from '../../../client/index.ts';
import { ask, reasonOf } from '../../app/api.ts';
import { octetsText } from '../../format.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { formatName } from '../../words.ts';

/** Pages beyond these have no preview. */
const pagesAtMost = 20;

/** The first page; large, with the others, when it is clicked. */
export function Preview({ job }: { job: ClientJob }) {
  const [isOpen, setOpen] = useState(false);
  const { id, format, octets, pageCount = 1 } = job;
  if (!format) return null;
  const isShown = format === 'application/pdf' || format.startsWith('image/');
  return (
    <section class="card preview">
      <h2>Document</h2>
      {!isShown && (
        <p class="quiet">
          {formatName(format)}
          {octets !== undefined && `, ${octetsText(octets)}`}: it goes to the printer as it is and has no preview.
        </p>
      )}
      {isShown && <PagePicture id={id} page={1} width={320} onOpen={() => setOpen(true)} />}
      {isOpen && <Pages id={id} pages={Math.min(pageCount, pagesAtMost)} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Pages({ id, pages, onClose }: { id: string; pages: number; onClose: () => void }) {
  const [page, setPage] = useState(1);
  return (
    <Dialog title={`Page ${page} of ${pages}`} onClose={onClose} isWide>
      <PagePicture key={page} id={id} page={page} width={1280} />
      <div class="buttons">
        <button type="button" disabled={page === 1} onClick={() => setPage(page - 1)}>
          Page before
        </button>
        <button type="button" disabled={page === pages} onClick={() => setPage(page + 1)}>
          Next page
        </button>
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

interface PagePictureProps {
  id: string;
  page: number;
  width: 320 | 1280;
  onOpen?: () => void;
}

/** A picture made by the service: the document itself never comes into this page. */
export function PagePicture({ id, page, width, onOpen }: PagePictureProps) {
  const [address, setAddress] = useState<string>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const ended = new AbortController();
    let made: string | undefined;
    const load = async () => {
      const picture = await ask('action', client => client.page(id, page, { width, signal: ended.signal }));
      if (ended.signal.aborted) return;
      made = URL.createObjectURL(picture);
      setAddress(made);
    };
    load().catch(error => !ended.signal.aborted && setProblem(wordsOf(error)));
    return () => {
      ended.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [id, page, width]);

  if (problem) return <p class="quiet">{problem}</p>;
  if (!address) return <p class="quiet">The picture is being made…</p>;
  const picture = <img src={address} alt={`Page ${page} of the document`} />;
  if (!onOpen) return picture;
  return (
    <button type="button" class="picture" onClick={onOpen}>
      {picture}
      <span>Enlarge</span>
    </button>
  );
}

function wordsOf(error: unknown): string {
  const isForbidden = error instanceof ClientError && error.status === 403;
  return isForbidden ? 'This key may not see documents. It needs the scope "preview".' : reasonOf(error);
}
