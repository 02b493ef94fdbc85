import { useState } from 'preact/hooks';
import { base } from '../../app/router.ts';
import { Action, act } from '../../parts/action.tsx';
import { CopyLine } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Time } from '../../parts/time.tsx';
import { sharedPath } from '../shared.tsx';

/** Makes an address that shows the job without a key. The token is in the fragment, which browsers send to no server. */
export function Share({ id }: { id: string }) {
  const [link, setLink] = useState<{ token: string; expiresAt: string }>();
  const share = async () => setLink(await act('The link is made.', client => client.share(id)));
  return (
    <>
      <Action label="Share" run={share} />
      {link && (
        <Dialog title="A link to this job" onClose={() => setLink(undefined)}>
          <p>Everyone who has this address can see where the job is and why, without a key.</p>
          <CopyLine text={`${location.origin}${base}${sharedPath}#${link.token}`} />
          <p>
            It shows neither the document nor other jobs, and nothing can be changed by it. It ends{' '}
            <Time time={link.expiresAt} />, or when the job's record is deleted.
          </p>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => setLink(undefined)}>
              Done
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
