import type { ClientJob } from '../../client/index.ts';
import { ClientError } from '../../client/index.ts';
import { base } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { octetsText } from '../format.ts';
import { Copy } from '../parts/copy.tsx';
import { Page, Pending } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { dialectName, formatName } from '../words.ts';
import { JobActions } from './job/actions.tsx';
import { highlightsOf } from './job/highlights.ts';
import { History } from './job/history.tsx';
import { Preview } from './job/preview.tsx';
import { StageLine } from './job/stage-line.tsx';
import { Whereabouts } from './job/whereabouts.tsx';
import { isDecision } from './jobs/query.ts';

export function JobPage({ id }: { id: string }) {
  const { data: job, error, refresh } = useQuery(`job ${id}`, (client, signal) => client.job(id, signal));
  if (job) return <Trace job={job} />;
  const isMissing = error instanceof ClientError && error.status === 404;
  return (
    <Page title={isMissing ? 'No such job' : 'Job'}>
      {isMissing ? (
        <p>
          There is no job {id} in this company. Records of jobs are deleted some time after their end.{' '}
          <a href={`${base}/jobs`}>Show all jobs</a>
        </p>
      ) : (
        <Pending error={error} retry={refresh} />
      )}
    </Page>
  );
}

/** Where the job is, why, and what happens next; then its way, and in the end everything that is known. */
function Trace({ job }: { job: ClientJob }) {
  const highlights = highlightsOf(job, Date.now());
  return (
    <Page title={job.name}>
      <Whereabouts job={job}>
        <Witness job={job} />
      </Whereabouts>
      <JobActions job={job} />
      {highlights.length > 0 && (
        <section aria-label="Worth knowing" class="note attention">
          <ul>
            {highlights.map(text => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      )}
      <StageLine job={job} />
      <div class="columns">
        <Facts job={job} />
        <Preview job={job} />
      </div>
      <History job={job} />
    </Page>
  );
}

/** Who says that the job has ended: a person by a key, or the relay. */
function Witness({ job: { state, printer, endedAt, history } }: { job: ClientJob }) {
  const { actor } = history.at(-1) ?? {};
  if (!endedAt) return null;
  if (actor) return <p>{state === 'completed' ? `The key “${actor}” says so.` : `By the key “${actor}”.`}</p>;
  if (state !== 'completed' || !printer) return null;
  return (
    <p>
      Its relay reported that at <Time time={endedAt} />.
    </p>
  );
}

function Facts({ job }: { job: ClientJob }) {
  const said = job.detail ?? (isDecision(job) ? job.message : undefined);
  return (
    <section class="card">
      <h2>About this job</h2>
      <dl class="facts">
        {job.printer && (
          <Fact name="Printer">
            <a href={`${base}/printers/${encodeURIComponent(job.printer)}`}>{job.printer}</a>
          </Fact>
        )}
        <Fact name="Submitted">
          <Time time={job.submittedAt} />
        </Fact>
        {job.endedAt && (
          <Fact name="Ended">
            <Time time={job.endedAt} />
          </Fact>
        )}
        {job.format && (
          <Fact name="Document">
            {formatName(job.format)}
            {job.octets !== undefined && `, ${octetsText(job.octets)}`}
            {job.pageCount !== undefined && `, ${job.pageCount} ${job.pageCount === 1 ? 'page' : 'pages'}`}
          </Fact>
        )}
        {job.user && (
          <Fact name="For">
            <a href={`${base}/jobs?user=${encodeURIComponent(job.user)}`}>{job.user}</a>
          </Fact>
        )}
        {job.tags && (
          <Fact name="Tags">
            {job.tags.map(tag => (
              <a key={tag} class="chip" href={`${base}/jobs?tag=${encodeURIComponent(tag)}`}>
                {tag}
              </a>
            ))}
          </Fact>
        )}
        {job.dialect && <Fact name="Sent through">the API of {dialectName(job.dialect)}</Fact>}
        {said && <Fact name="Technical cause">{said}</Fact>}
        {job.supersededBy && (
          <Fact name="Replaced by">
            <a href={`${base}/jobs/${job.supersededBy}`}>a newer job</a>
          </Fact>
        )}
        {job.copyOf && (
          <Fact name="Prints again">
            <a href={`${base}/jobs/${job.copyOf}`}>an earlier job</a>
          </Fact>
        )}
        <Fact name="Job id">
          <code>{job.id}</code> <Copy text={job.id} label="Copy the id" />
        </Fact>
      </dl>
    </section>
  );
}

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <>
    <dt>{name}</dt>
    <dd dir="auto">{children}</dd>
  </>
);
