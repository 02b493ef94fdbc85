import { parseIppUri } from '../../shared/core/domain/device-address.ts';
import type { PrinterOptions } from '../command-line.ts';
import type { Login } from '../ipp-client/authorization.ts';
import { CertificatePins } from '../ipp-client/certificate-pins.ts';
import { openOutputDevice } from '../printers/index.ts';
import { findDataFolder, readConfig, writeConfig } from '../settings.ts';
import { print } from './print.ts';

const describeMilliseconds = 10_000;
const restart = 'Restart the relay to use it: "sudo systemctl restart platen-relay".';

/** `platen-relay printers add`: a relay that runs takes a new printer in at once. */
export async function addPrinter({
  data,
  name,
  uri,
  login,
}: PrinterOptions & { uri: string; login?: Login }): Promise<void> {
  const folder = await findDataFolder(data);
  const config = await readConfig(folder);
  const former = config.printers[name];
  const logins = login ? { ...config.logins, [name]: login } : config.logins;
  await writeConfig(folder, { ...config, printers: { ...config.printers, [name]: uri }, logins });
  const { state, stateReasons } = await openOutputDevice(name, uri, { login }).describe(
    AbortSignal.timeout(describeMilliseconds),
  );
  const reasons = stateReasons.length > 0 ? ` (${stateReasons.join(', ')})` : '';
  print(`${former === undefined ? 'Added' : 'Changed'} ${name}: ${uri}. The printer is ${state}${reasons}.`);
  print(former === undefined ? 'Activate it in the cloud before its first job.' : restart);
}

/** `platen-relay printers remove` */
export async function removePrinter({ data, name }: PrinterOptions): Promise<void> {
  const folder = await findDataFolder(data);
  const config = await readConfig(folder);
  const { [name]: former, ...printers } = config.printers;
  const { [name]: _login, ...logins } = config.logins;
  if (former === undefined) throw new Error(unknownPrinter(name, Object.keys(printers)));
  await writeConfig(folder, { ...config, printers, logins });
  print(`Removed ${name}. ${restart}`);
}

/** `platen-relay printers trust`: a relay that runs reads it before it refuses the printer again. */
export async function trustPrinter({ data, name }: PrinterOptions): Promise<void> {
  const folder = await findDataFolder(data);
  const { printers } = await readConfig(folder);
  const uri = printers[name];
  if (uri === undefined) throw new Error(unknownPrinter(name, Object.keys(printers)));
  if (!/^ipps:/i.test(uri)) throw new Error(`${name} has no certificate: its address is ${uri}.`);
  new CertificatePins(folder.pins).trust(parseIppUri(uri).url.host);
  print(`The next certificate of ${name} is accepted.`);
}

export function unknownPrinter(name: string, known: string[]): string {
  return `This relay has no printer ${name}. It has: ${known.join(', ') || 'none; add one with "platen-relay printers add"'}.`;
}
