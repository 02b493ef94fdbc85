import type { ClientJob } from '../../../client/index.ts';
import { go } from '../../app/router.ts';
import { Action, act } from '../../parts/action.tsx';
import { isDecision, isEnded, mayCancel } from '../jobs/query.ts';
import { Share } from './share.tsx';

const minuteMilliseconds = 60_000;

/** What a person can do about a job now. */
export function JobActions({ job }: { job: ClientJob }) {
  return (
    <div class="buttons">
      {isDecision(job) && <Decision job={job} />}
      {job.state === 'pending-held' && job.hold && (
        <Action
          label="Print now"
          kind="primary"
          run={() => act('The job is printed now.', client => client.release(job.id))}
        />
      )}
      {mayCancel(job) && (
        <Action
          label={isDecision(job) ? 'Close as cancelled' : 'Cancel'}
          kind="danger"
          confirm={{
            title: 'Cancel this job?',
            text: isDecision(job)
              ? 'It is not printed again. If it did come out, it stays out.'
              : 'It will not be printed. Pages that are out already stay out.',
            yes: 'Cancel the job',
          }}
          run={() => act('The job is being cancelled.', client => client.cancel(job.id))}
        />
      )}
      {isEnded(job) && job.printer && (
        <Action
          label="Print again"
          confirm={{
            title: 'Print this document again?',
            text: `A new job prints it on ${job.printer}, with the same options.`,
            yes: 'Print again',
          }}
          run={() => printAgain(job.id)}
        />
      )}
      {job.output && job.state === 'completed' && (
        <Action label="Download the file" kind="primary" run={() => download(job)} />
      )}
      <Share id={job.id} />
    </div>
  );
}

const Decision = ({ job }: { job: ClientJob }) => (
  <>
    <Action
      label="It printed"
      kind="primary"
      confirm={{
        title: 'You saw the paper?',
        text: 'The job is closed as printed, and is not printed again.',
        yes: 'Yes, it printed',
      }}
      run={() => act('The job is closed as printed.', client => client.resolve(job.id, 'printed'))}
    />
    <Action
      label="It did not: print again"
      confirm={{
        title: 'Print it again?',
        text: 'If the first one did come out after all, there will be two.',
        yes: 'Print again',
      }}
      run={() => act('The job is printed again.', client => client.resolve(job.id, 'reprint'))}
    />
  </>
);

/** The browser saves it: a document is never shown by a page of ours. */
async function download({ id, output }: ClientJob): Promise<void> {
  const document = await act('The file is downloaded.', client => client.document(id));
  if (!document) return;
  const href = URL.createObjectURL(document);
  Object.assign(globalThis.document.createElement('a'), { href, download: output?.fileName ?? id }).click();
  // browsers read it after the click
  setTimeout(() => URL.revokeObjectURL(href), minuteMilliseconds);
}

async function printAgain(id: string): Promise<void> {
  const jobs = await act('The document is printed again, as this new job.', client => client.copy(id));
  if (jobs?.[0]) go(`/jobs/${jobs[0].id}`);
}
