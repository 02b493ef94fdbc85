import { go } from '../../app/router.ts';
import { act } from '../../parts/action.tsx';

/** Prints the test page of the service, and shows its job. */
export async function printTestPage(printer: string, language?: 'zpl'): Promise<void> {
  const job = await act(`The test page is on its way to ${printer}.`, client =>
    client.printTestPage(printer, { language }),
  );
  if (job) go(`/jobs/${job.id}`);
}
