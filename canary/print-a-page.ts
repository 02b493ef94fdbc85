import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { PlatenClient } from '../client/index.ts';
import { enrol } from '../relay/enrol.ts';
import { type Enrolled, runRelay } from '../relay/run.ts';
import { type DataFolder, findDataFolder, readIdentity } from '../relay/settings.ts';
import { log } from '../shared/telemetry/log.ts';

/*
 * A page goes the whole way: through the public API, to a relay that runs here, and into a folder. The client and the relay are
 * those that customers have. The relay's folder may be lost at any time; another relay then takes its place.
 */

const location = 'canary';
const device = 'folder';
const printer = `${location}:${device}`;
const activationPollMilliseconds = 200;

/** An empty page. */
const page = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;

export interface CanarySettings {
  url: string;
  /** a key of a company of its own, with the scopes `print` and `admin` */
  key: string;
  /** for the relay; made if it is not there */
  folder: string;
}

/** Prints a page, and answers the milliseconds from its submission until the API says that it is printed. */
export async function printAPage({ url, key, folder }: CanarySettings, signal: AbortSignal): Promise<number> {
  const client = new PlatenClient({ endpoint: url, key });
  const data = await findDataFolder(join(folder, 'relay'));
  const output = join(folder, 'output');
  await mkdir(output, { recursive: true });
  const enrolled = await identityIn(data, client, url);
  const printers = { [device]: pathToFileURL(output).href };
  const options = { data: folder, printers, logins: {}, statusPort: 0, discover: false };
  const relay = await runRelay(data, enrolled, options);
  try {
    await activate(client, signal);
    const from = performance.now();
    const document = new Blob([page], { type: 'application/pdf' });
    const upload = await client.upload(document, { name: 'canary.pdf', signal });
    const [job] = await client.print(upload, [printer], { signal });
    const ended = await client.waitFor(job?.id as string, { signal });
    if (ended.state !== 'completed') throw new Error(`The page of the canary was not printed: ${ended.summary}`);
    return performance.now() - from;
  } finally {
    await relay.stop();
    await rm(output, { recursive: true, force: true });
  }
}

async function identityIn(data: DataFolder, client: PlatenClient, url: string): Promise<Enrolled> {
  const known = await readIdentity(data);
  if (known) return { identity: known, isNew: false };
  await client.saveLocation(location, { name: 'Canary' });
  const { code } = await client.createEnrolmentCode(location, { replace: true });
  const onWait = (error: Error) => log.warn('canary-waits', { error });
  return { identity: await enrol(data, url, code, onWait), isNew: true };
}

/** A relay announces its printer when it connects. */
async function activate(client: PlatenClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    const found = (await client.printers()).find(each => each.printer === printer);
    if (found?.active) return;
    if (found) return void (await client.updatePrinter(printer, { active: true }));
    await sleep(activationPollMilliseconds, undefined, { signal });
  }
}
