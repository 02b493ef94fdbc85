import { createInterface } from 'node:readline/promises';
import type { EnrolOptions } from '../command-line.ts';
import { enrol as enrolRelay } from '../enrol.ts';
import { findDataFolder, readIdentity } from '../settings.ts';
import { print } from './print.ts';

/** `platen-relay enrol URL [CODE]` */
export async function enrol({ data, url, code }: EnrolOptions): Promise<void> {
  const folder = await findDataFolder(data);
  const known = await readIdentity(folder);
  if (known) {
    throw new Error(
      `This relay is enrolled already, at location ${known.locationId}. To enrol it elsewhere, stop it and remove ${folder.identity}.`,
    );
  }
  const onWait = (error: Error, advice: string) =>
    print(`No answer yet: ${error.message}. ${advice} Trying again; Ctrl-C ends.`);
  const { locationId } = await enrolRelay(folder, url, code ?? (await readCode()), onWait);
  print(`Enrolled at location ${locationId}. A relay that runs prints from now on; start one with "platen-relay run".`);
}

/** Codes in arguments can be read by every user of the machine. */
async function readCode(): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question('Enrolment code: ')).trim();
  } finally {
    lines.close();
  }
}
