import { base } from '../../app/router.ts';
import { useQuery } from '../../app/use-query.ts';
import { Icon } from '../../parts/icons.tsx';
import { isDecision } from './query.ts';

/** Asked for less often than the list: it takes the service a look at thousands of jobs. */
const everyMilliseconds = 8000;
const most = 100;

/** What waits for a person, above everything else. */
export function Piles() {
  const { data } = useQuery(
    'piles',
    (client, signal) => client.jobPage({ state: 'attention', limit: most }, signal),
    everyMilliseconds,
  );
  if (!data || data.jobs.length === 0) return null;
  const decisions = data.jobs.filter(isDecision).length;
  const others = data.jobs.length - decisions;
  const amount = (number: number) => (data.next && number > 0 ? `${number} or more` : String(number));
  return (
    <div class="piles">
      {decisions > 0 && (
        <a class="pile decision" href={`${base}/jobs?state=decision`}>
          <Icon name="decision" />
          <span>
            <strong>Needs a decision: {amount(decisions)}</strong>
            <span>
              {decisions === 1 ? 'It may have printed. ' : 'They may have printed. '}Look at the printer, then decide.
            </span>
          </span>
        </a>
      )}
      {others > 0 && (
        <a class="pile attention" href={`${base}/jobs?state=attention`}>
          <Icon name="attention" />
          <span>
            <strong>Needs attention: {amount(others)}</strong>
            <span>A printer has stopped with {others === 1 ? 'a job' : 'jobs'} on it.</span>
          </span>
        </a>
      )}
    </div>
  );
}
