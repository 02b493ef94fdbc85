import type { Signal } from '@preact/signals';
import type { ClientJob } from '../../../client/index.ts';
import { base } from '../../app/router.ts';
import { octetsText } from '../../format.ts';
import { Age, Ago } from '../../parts/time.tsx';
import { count } from '../../words.ts';
import { JobBadge } from './job-badge.tsx';
import type { useSettledList } from './settled-list.ts';

interface JobTableProps {
  jobs: ClientJob[];
  /** ids of rows with a mark; without it rows have no boxes */
  selected?: Signal<ReadonlySet<string>>;
  hold?: ReturnType<typeof useSettledList>['hold'];
  caption?: string;
}

export function JobTable({ jobs, selected, hold, caption = 'Jobs, newest first' }: JobTableProps) {
  const isAll = selected !== undefined && jobs.every(({ id }) => selected.value.has(id));
  const toggleAll = () => {
    if (selected) selected.value = new Set(isAll ? [] : jobs.map(({ id }) => id));
  };
  return (
    <table class="list" {...hold}>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {selected && (
            <td class="tick">
              <input type="checkbox" aria-label="Mark all jobs of this page" checked={isAll} onChange={toggleAll} />
            </td>
          )}
          <th scope="col">State</th>
          <th scope="col">Name</th>
          <th scope="col">Printer</th>
          <th scope="col">Size</th>
          <th scope="col" aria-sort="descending">
            Submitted
          </th>
          <th scope="col">In this state</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map(job => (
          <Row key={job.id} job={job} selected={selected} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ job, selected }: { job: ClientJob; selected?: Signal<ReadonlySet<string>> }) {
  const isMarked = selected?.value.has(job.id) ?? false;
  const toggle = () => {
    if (!selected) return;
    const marked = new Set(selected.value);
    if (!marked.delete(job.id)) marked.add(job.id);
    selected.value = marked;
  };
  const since = job.history.at(-1)?.at ?? job.submittedAt;
  return (
    <tr class={isMarked ? 'marked' : ''}>
      {selected && (
        <td class="tick">
          <input type="checkbox" aria-label={`Mark ${job.name}`} checked={isMarked} onChange={toggle} />
        </td>
      )}
      <td data-label="State">
        <JobBadge job={job} />
      </td>
      <td data-label="Name" class="name">
        <a href={`${base}/jobs/${job.id}`} dir="auto">
          {job.name}
        </a>
      </td>
      <td data-label="Printer" class="whole">
        {job.printer ? (
          <a href={`${base}/printers/${encodeURIComponent(job.printer)}`}>{job.printer}</a>
        ) : (
          <span class="quiet">makes a file</span>
        )}
      </td>
      <td data-label="Size" class="whole">
        <span>
          {job.pageCount !== undefined && count(job.pageCount, 'page')}{' '}
          <span class="quiet">{job.octets !== undefined && octetsText(job.octets)}</span>
        </span>
      </td>
      <td data-label="Submitted" class="whole">
        <Ago time={job.submittedAt} />
      </td>
      <td data-label="In this state" class="whole">
        <Age since={since} />
      </td>
    </tr>
  );
}
