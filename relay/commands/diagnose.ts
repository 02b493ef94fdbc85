import { X509Certificate } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { connectToBroker } from '../link/broker-connection.ts';
import { connectionAdvice } from '../link/connection-advice.ts';
import { endpointsOf } from '../link/endpoints.ts';
import { askServer } from '../link/web.ts';
import { proxyEnvironment } from '../link/web-proxy.ts';
import { openOutputDevice } from '../printers/index.ts';
import {
  type Config,
  type DataFolder,
  findDataFolder,
  type Identity,
  readConfig,
  readIdentity,
  readIfThere,
} from '../settings.ts';
import { print } from './print.ts';

const answerMilliseconds = 10_000;
const clockSkewMilliseconds = 5 * 60_000;
const freeOctets = 256 * 1024 * 1024;

/** The result of one check: what was found, and what to do when it is not well. */
interface Finding {
  isGood: boolean;
  text: string;
}

/** `platen-relay diagnose`: every check is made, whatever the others find. Exits with 1 when one is not good. */
export async function diagnose({ data, mqttPort }: { data: string; mqttPort?: number }): Promise<void> {
  const folder = await findDataFolder(data);
  const [identity, config] = [await readIdentity(folder), await readConfig(folder)];
  const checks = [
    checkDisk(data),
    checkProxy(),
    ...(identity ? [checkServer(config), checkCertificate(identity), ...checkBroker(folder, identity, mqttPort)] : []),
    ...Object.keys(config.printers).map(name => checkPrinter(name, config)),
  ];
  if (!identity) checks.push(bad('This relay is not enrolled: run "platen-relay enrol URL CODE".'));
  for (const check of checks) {
    const { isGood, text } = await check;
    if (!isGood) process.exitCode = 1;
    print(`${isGood ? 'good' : 'BAD '}  ${text}`);
  }
}

const good = async (text: string): Promise<Finding> => ({ isGood: true, text });
const bad = async (text: string): Promise<Finding> => ({ isGood: false, text });

async function checkDisk(data: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(data);
  const megabytes = Math.round((bavail * bsize) / 1024 / 1024);
  return bavail * bsize > freeOctets
    ? await good(`disk: ${megabytes} MB free in ${data}`)
    : await bad(`disk: only ${megabytes} MB free in ${data}. Make room.`);
}

async function checkProxy(): Promise<Finding> {
  const { HTTPS_PROXY, NO_PROXY } = proxyEnvironment();
  return await good(
    HTTPS_PROXY ? `web proxy: ${new URL(HTTPS_PROXY).host}, not for ${NO_PROXY}` : 'web proxy: none is set',
  );
}

async function checkServer({ server }: Config): Promise<Finding> {
  if (!server) return await good('server: unknown, since this relay enrolled with an older release');
  try {
    const { headers } = await askServer(new URL('/', server), undefined, answerMilliseconds);
    const skew = Math.abs(Date.parse(headers.date ?? '') - Date.now());
    if (skew > clockSkewMilliseconds) {
      return await bad(
        `clock: it differs from the server's by ${Math.round(skew / 60_000)} minutes. Set the time of this machine.`,
      );
    }
    return await good(`server: ${server} answers`);
  } catch (error) {
    return await bad(
      `server: ${server}: ${(error as Error).message}. ${connectionAdvice(error, new URL(server).host)}`,
    );
  }
}

async function checkCertificate({ certificate }: Identity): Promise<Finding> {
  const ends = new X509Certificate(certificate).validToDate;
  const text = `certificate: ends on ${ends.toISOString().slice(0, 10)}`;
  return ends.getTime() > Date.now() ? await good(text) : await bad(`${text}. Enrol again.`);
}

/** Each endpoint by itself: which of them the firewall lets through is what a technician wants to know. */
function checkBroker(folder: DataFolder, identity: Identity, mqttPort: number | undefined): Promise<Finding>[] {
  const { certificate: cert, ca } = identity;
  const checks = endpointsOf(identity.mqtt, mqttPort).map(async (endpoint): Promise<Finding> => {
    const name = `${endpoint.host}:${endpoint.port}`;
    const key = (await readIfThere(folder.key)) ?? '';
    try {
      const { socket } = await connectToBroker([endpoint], { key, cert, ca }, new AbortController().signal);
      socket.destroy();
      return { isGood: true, text: `messages: ${name} answers` };
    } catch (error) {
      return { isGood: false, text: `messages: ${(error as Error).message}. ${connectionAdvice(error, name)}` };
    }
  });
  // one open way is enough
  const any = Promise.all(checks).then(found => found.some(({ isGood }) => isGood));
  return checks.map(async check => ({ text: (await check).text, isGood: await any }));
}

async function checkPrinter(name: string, { printers, logins }: Config): Promise<Finding> {
  try {
    const device = openOutputDevice(name, printers[name] as string, { login: logins[name] });
    const { state, stateReasons } = await device.describe(AbortSignal.timeout(answerMilliseconds));
    const text = `printer ${name}: ${[state, ...stateReasons].join(', ')} (${printers[name]})`;
    return { isGood: stateReasons.length === 0, text };
  } catch (error) {
    return await bad(`printer ${name}: ${(error as Error).message}`);
  }
}
