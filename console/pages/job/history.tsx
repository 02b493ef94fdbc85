import type { ClientJob } from '../../../client/index.ts';
import { durationText } from '../../format.ts';
import { count, entryWords, reasonWords } from '../../words.ts';

const exact = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** Everything that is stored about the job's way, for support: folded, since few need it. */
export function History({ job }: { job: ClientJob }) {
  return (
    <details class="card">
      <summary>Full history ({count(job.history.length, 'entry', 'entries')})</summary>
      <table class="list plain">
        <caption class="unseen">What happened to this job, oldest first</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">After</th>
            <th scope="col">What happened</th>
            <th scope="col">IPP state and reasons</th>
          </tr>
        </thead>
        <tbody>
          {job.history.map(({ at, state, reasons, actor, message }, index) => (
            <tr key={`${at} ${index}`}>
              <td data-label="Time" class="whole">
                <time dateTime={at}>{exact.format(new Date(at))}</time>
              </td>
              <td data-label="After" class="whole">
                {afterOf(job, index)}
              </td>
              <td data-label="What happened">
                <span>
                  {[entryWords(state, reasons, job.printer !== undefined), ...reasons.slice(1).map(reasonWords)].join(
                    ': ',
                  )}
                  {actor && `, by the key “${actor}”`}
                  {message && <span class="quiet"> {message}</span>}
                </span>
              </td>
              <td data-label="IPP state and reasons">
                <code>
                  {state}: {reasons.join(', ')}
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet below">
        Attempt {job.attempt}. Times are those of the service. Job id: <code>{job.id}</code>
      </p>
    </details>
  );
}

function afterOf({ history, submittedAt }: ClientJob, index: number): string {
  const before = index === 0 ? submittedAt : (history[index - 1]?.at ?? submittedAt);
  return durationText(Date.parse(history[index]?.at ?? before) - Date.parse(before));
}
