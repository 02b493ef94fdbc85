import { Ago } from '../../parts/time.tsx';
import { count } from '../../words.ts';
import type { Queue } from './queue.ts';

/** `3 open jobs, the oldest submitted 2 min ago` */
export function QueueText({ queue: { jobs, isCut } }: { queue: Queue }) {
  const [oldest] = jobs;
  if (isCut || !oldest) return <>{jobs.length} open jobs or more</>;
  return (
    <>
      {count(jobs.length, 'open job')}, {jobs.length > 1 && 'the oldest '}submitted <Ago time={oldest.submittedAt} />
    </>
  );
}
