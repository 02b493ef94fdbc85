import { useQuery } from '../../app/use-query.ts';
import { queuesOf } from './queue.ts';

/** One call lists no more jobs than these, of all printers. */
const listedJobs = 100;

/** Of all printers, as views read them. */
export const useQueues = () => {
  const { data } = useQuery('active', (client, signal) =>
    client.jobPage({ state: 'active', limit: listedJobs }, signal),
  );
  return data && queuesOf(data.jobs, data.jobs.length >= listedJobs);
};
