import { UsageError } from '../../shared/protocol/usage-error.ts';
import type { Given, Option } from '../command.ts';
import type { AdminPorts } from './admin-ports.ts';

/** The installation that a command administers: `--data` or `--env`. */
export const placeOptions = {
  data: { value: 'FOLDER', about: 'the data folder of a server on this machine, which may be running' },
  env: { value: 'NAME', about: 'or an environment in AWS' },
  region: { value: 'NAME', about: 'the AWS region, if the environment or profile does not name it' },
  profile: { value: 'NAME', about: 'the AWS profile with the credentials' },
  endpoint: { value: 'URL', about: 'the endpoint of all AWS services, for example of an emulator' },
} satisfies Record<string, Option>;

/** Loads the AWS SDK only when it is needed. */
export async function openPlace(given: Given): Promise<AdminPorts> {
  const [data, env] = [given.data?.[0], given.env?.[0]];
  if (data !== undefined && env !== undefined) throw new UsageError('--data and --env exclude each other.');
  if (data !== undefined) return await (await import('./one-machine.ts')).openOneMachine(data);
  if (env !== undefined) return await (await import('../deployed.ts')).openDeployed(given);
  throw new UsageError(
    'Name the installation: --data FOLDER for a server on this machine, or --env NAME for a deployment in AWS.',
  );
}
