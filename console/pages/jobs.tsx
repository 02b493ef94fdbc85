import { useSignal } from '@preact/signals';
import { address, base, go, withQuery } from '../app/router.ts';
import { useQuery } from '../app/use-query.ts';
import { Page, Pending } from '../parts/page.tsx';
import { BulkBar } from './jobs/bulk-bar.tsx';
import { Filters } from './jobs/filters.tsx';
import { FirstSteps } from './jobs/first-steps.tsx';
import { JobTable } from './jobs/job-table.tsx';
import { Piles } from './jobs/piles.tsx';
import { filterOf, isDecision } from './jobs/query.ts';
import { useSettledList } from './jobs/settled-list.ts';

const pageSize = 50;

export function Jobs() {
  const { query } = address.value;
  const filter = filterOf(query);
  const before = query.get('before') ?? undefined;
  const key = JSON.stringify([filter, before]);
  const { data, error, refresh } = useQuery(key, (client, signal) =>
    client.jobPage({ ...filter.api, before, limit: pageSize }, signal),
  );
  const selected = useSignal<ReadonlySet<string>>(new Set());
  const found = data?.jobs.filter(job => !filter.person || isDecision(job) === (filter.person === 'decision'));
  const list = useSettledList(key, found, selected.value.size > 0);
  const isEmpty = list.jobs?.length === 0;

  return (
    <Page
      title="Jobs"
      actions={
        <a class="button primary" href={`${base}/print`}>
          Print something
        </a>
      }
    >
      <Piles />
      <Filters />
      {list.jobs === undefined && <Pending error={error} retry={refresh} />}
      {list.more > 0 && (
        <button type="button" class="newer" onClick={list.showAll}>
          Show {list.more} new {list.more === 1 ? 'job' : 'jobs'}
        </button>
      )}
      {isEmpty && (filter.isEmpty && !before ? <FirstSteps /> : <NothingFound older={data?.next} />)}
      {list.jobs && !isEmpty && <JobTable jobs={list.jobs} selected={selected} hold={list.hold} />}
      <Paging next={data?.next} isFirst={!before} />
      <BulkBar jobs={list.jobs ?? []} selected={selected} />
    </Page>
  );
}

/** A call looks through the newest jobs only; the person decides whether to go on. */
const NothingFound = ({ older }: { older?: string }) => (
  <div class="empty">
    <p>{older ? 'None of the newest jobs matches.' : 'No job matches.'}</p>
    {older && (
      <button type="button" class="primary" onClick={() => go(withQuery({ before: older }))}>
        Search older jobs
      </button>
    )}
    <p>
      <a href={`${base}/jobs`}>Show all jobs</a>
    </p>
  </div>
);

/** By keyset: a page begins where the former ended, however many jobs come meanwhile. */
const Paging = ({ next, isFirst }: { next?: string; isFirst: boolean }) =>
  (next || !isFirst) && (
    <div class="paging">
      <button type="button" disabled={isFirst} onClick={() => go(withQuery({ before: '' }))}>
        Newest
      </button>
      <button type="button" disabled={!next} onClick={() => go(withQuery({ before: next ?? '' }))}>
        Older
      </button>
    </div>
  );
