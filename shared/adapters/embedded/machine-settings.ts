import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/** What one machine has to remember that no store keeps: the key itself, and the port of the broker. */
export interface MachineSettings {
  /** a GUID, so that one key serves all dialects */
  key: string;
  mqttPort: number;
  /** how often the server was started: orders connections of relays whatever the clock says */
  starts: number;
}

const settingsFile = 'server.json';

export async function readSettings(data: string): Promise<Partial<MachineSettings>> {
  try {
    return JSON.parse(await readFile(join(data, settingsFile), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${join(data, settingsFile)} cannot be read.`, { cause: error });
  }
}

export async function writeSettings(data: string, settings: Partial<MachineSettings>): Promise<void> {
  await writePrivateFile(join(data, settingsFile), settings);
}
