import { useEffect, useState } from 'preact/hooks';
import { apiOrigin, ask, reasonOf } from '../../app/api.ts';
import { CopyLine } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Time } from '../../parts/time.tsx';

/** A relay for a place without one, one that takes the place of another, or a second one. */
export type Invited = 'first' | 'replacement' | 'standby';

interface EnrolmentProps {
  location: string;
  invited: Invited;
  onClose: () => void;
}

const wishes = { first: {}, replacement: { replace: true }, standby: { standby: true } };

/** A code for one relay, in a line to paste at the place. */
export function Enrolment({ location, invited, onClose }: EnrolmentProps) {
  const [isAgreed, setAgreed] = useState(invited !== 'replacement');
  const [made, setMade] = useState<{ code: string; expiresAt: string; origin: string }>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    if (!isAgreed) return;
    const make = async () => {
      const code = await ask('action', client => client.createEnrolmentCode(location, wishes[invited]));
      setMade({ ...code, origin: await apiOrigin() });
    };
    make().catch(error => setProblem(reasonOf(error)));
  }, [isAgreed]);

  return (
    <Dialog title={`A ${invited === 'standby' ? 'standby' : 'relay'} for ${location}`} onClose={onClose}>
      {!isAgreed && (
        <p>A relay is enrolled at {location}. A new one takes its place, and the present one stops printing.</p>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {made && (
        <>
          {invited === 'standby' && (
            <p>
              It prints when the present relay has been offline for a minute. Give it the same printers under the same
              names.
            </p>
          )}
          <p>
            On a computer near the printers, in a folder with Platen, paste this line. Put the name and address of your
            printer in its end; <code>--printer</code> may be repeated.
          </p>
          <CopyLine
            text={`npm run relay -- --enrol ${made.origin} --code ${made.code} --printer laser=ipp://192.168.1.20/ipp/print`}
          />
          <p>
            The code is good for one relay, until <Time time={made.expiresAt} />. It is shown only here.
          </p>
        </>
      )}
      <div class="buttons">
        <button type="button" onClick={onClose}>
          {made ? 'Done' : 'Go back'}
        </button>
        {!isAgreed && (
          <button type="button" class="danger" onClick={() => setAgreed(true)}>
            Replace it
          </button>
        )}
      </div>
    </Dialog>
  );
}
