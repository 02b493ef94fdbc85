import type { Signal } from '@preact/signals';
import type { BulkOutcome, ClientJob } from '../../../client/index.ts';
import { Action, act } from '../../parts/action.tsx';
import { count } from '../../words.ts';
import { isDecision, mayCancel } from './query.ts';

interface BulkBarProps {
  jobs: ClientJob[];
  selected: Signal<ReadonlySet<string>>;
}

/** What can be done with the marked jobs; each action takes those that it fits. */
export function BulkBar({ jobs, selected }: BulkBarProps) {
  const marked = jobs.filter(({ id }) => selected.value.has(id));
  if (marked.length === 0) return null;
  const cancelable = marked.filter(mayCancel);
  const undecided = marked.filter(isDecision);
  const finish = () => {
    selected.value = new Set();
  };
  return (
    <section class="bulk" aria-label="Actions for the marked jobs">
      <strong>{count(marked.length, 'job')} marked</strong>
      {cancelable.length > 0 && (
        <Action
          label={`Cancel ${cancelable.length}`}
          kind="danger"
          confirm={{
            title: `Cancel ${count(cancelable.length, 'job')}?`,
            text: 'They will not be printed. Pages that are out already stay out.',
            yes: `Cancel ${count(cancelable.length, 'job')}`,
          }}
          run={() => cancelAll(cancelable).then(finish)}
        />
      )}
      {undecided.length > 0 && (
        <>
          <Action
            label={`Close ${undecided.length} as printed`}
            confirm={{
              title: `${count(undecided.length, 'job')} came out?`,
              text: 'Only say so if you have seen the paper. They are closed as printed.',
              yes: 'Yes, printed',
            }}
            run={() => resolveAll(undecided, 'printed').then(finish)}
          />
          <Action
            label={`Print ${undecided.length} again`}
            confirm={{
              title: `Print ${count(undecided.length, 'job')} again?`,
              text: 'If they did come out, they will be there twice.',
              yes: 'Print again',
            }}
            run={() => resolveAll(undecided, 'reprint').then(finish)}
          />
        </>
      )}
      <button type="button" class="plain" onClick={finish}>
        Remove the marks
      </button>
    </section>
  );
}

function outcomeText(total: number, failures: string[], done: string): string {
  if (failures.length === 0) return `${count(total, 'job')} ${done}.`;
  return `${total - failures.length} of ${count(total, 'job')} ${done}. ${failures[0]}`;
}

const outcome = (jobs: ClientJob[], done: string) => (results: BulkOutcome[]) =>
  outcomeText(
    jobs.length,
    results.flatMap(result => ('error' in result ? [result.error.message] : [])),
    done,
  );

const idsOf = (jobs: ClientJob[]) => jobs.map(({ id }) => id);

const cancelAll = (jobs: ClientJob[]) => act(outcome(jobs, 'cancelled'), client => client.cancelMany(idsOf(jobs)));

const resolveAll = (jobs: ClientJob[], as: 'printed' | 'reprint') =>
  act(outcome(jobs, as === 'printed' ? 'closed as printed' : 'printed again'), client =>
    client.resolveMany(idsOf(jobs), as),
  );
