import { useQuery } from '../../app/use-query.ts';
import { lastTaken } from './truth.ts';

/** Jobs that are looked at: of a printer that took none of them nothing is known. */
const newest = 50;
const seldomMilliseconds = 30_000;

/** When printers accepted their last jobs, of one printer or of all; without a filter nothing is read. */
export function useTaken(filter: { printer?: string } | undefined): Map<string, string> | undefined {
  const { data } = useQuery(
    `taken ${filter && (filter.printer ?? '*')}`,
    filter && ((client, signal) => client.jobPage({ ...filter, state: 'completed', limit: newest }, signal)),
    seldomMilliseconds,
  );
  return data && lastTaken(data.jobs);
}
