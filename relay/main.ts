import { UsageError } from '../shared/protocol/usage-error.ts';
import { type Commands, carryOutLine } from './command-line.ts';
import { diagnose } from './commands/diagnose.ts';
import { enrol } from './commands/enrol.ts';
import { addPrinter, removePrinter, trustPrinter } from './commands/printers.ts';
import { run } from './commands/run.ts';
import { scan } from './commands/scan.ts';
import { journal, status } from './commands/status.ts';

/** Loaded on first use: it makes PDFs, and a relay that starts should not wait for that. */
const testPrinter: Commands['testPrinter'] = async options =>
  await (await import('./commands/test-printer.ts')).testPrinter(options);

/** `platen-relay`, and `npm run relay --`. Exit codes: 0 done, 1 it failed, 2 the command line is wrong. */
try {
  await carryOutLine(
    { run, enrol, status, journal, diagnose, addPrinter, removePrinter, trustPrinter, testPrinter, scanPrinters: scan },
    process.argv.slice(2),
  );
  process.exit();
} catch (error) {
  process.stderr.write(`platen-relay: ${(error as Error).message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
