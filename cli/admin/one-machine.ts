import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readSettings, writeSettings } from '../../shared/adapters/embedded/machine-settings.ts';
import { RevokedRelays } from '../../shared/adapters/embedded/mqtt/revoked-relays.ts';
import { openRegistry } from '../../shared/adapters/embedded/open-registry.ts';
import { writePrivateFile } from '../../shared/adapters/embedded/private-file.ts';
import { PrintError } from '../../shared/core/domain/errors.ts';
import { keyDigest } from '../../shared/core/usecases/accounts/authenticate.ts';
import { UsageError } from '../../shared/protocol/usage-error.ts';
import type { AdminPorts } from './admin-ports.ts';

/** The registry in a data folder. The server that owns the folder may be running. */
export async function openOneMachine(data: string): Promise<AdminPorts> {
  const store = openRegistry(join(data, 'store'));
  if (!store) {
    throw new UsageError(
      `${resolve(data)} is not a data folder of Platen. Create one with "npm start -- --data ${data}".`,
    );
  }
  const settings = await readSettings(data);
  const revoked = new RevokedRelays(join(data, 'certificates'));
  return {
    ...store,
    relayIdentities: {
      idFor: onlyAtServer,
      issue: onlyAtServer,
      revoke: relayId => revoked.add(relayId),
    },
    firstKey: {
      digest: settings.key && keyDigest(settings.key),
      async replace(key) {
        await writeSettings(data, { ...settings, key });
        await replaceInFacts(join(data, 'platen.json'), key);
      },
    },
  };
}

/** The file with facts for scripts exists while the server runs. */
async function replaceInFacts(path: string, key: string): Promise<void> {
  if (!existsSync(path)) return;
  await writePrivateFile(path, { ...JSON.parse(await readFile(path, 'utf8')), key });
}

function onlyAtServer(): never {
  throw new PrintError('internal', 'Relays enrol at the server, not with this command.');
}
