import { UsageError } from '../../shared/protocol/usage-error.ts';
import type { Given, Option } from '../command.ts';
import type { AdminPorts } from './admin-ports.ts';

/** Where a command is carried out: `--data` or `--env`. */
export const placeOptions = {
  data: { value: 'FOLDER', about: 'the data folder of a server on this machine, which may be running' },
  env: { value: 'NAME', about: 'or the environment that was deployed to AWS' },
  region: { value: 'NAME', about: 'the AWS region, if the environment or profile does not name it' },
  profile: { value: 'NAME', about: 'the profile of the AWS configuration whose credentials are used' },
  endpoint: { value: 'URL', about: 'one address for all of AWS, such as an emulator’s' },
} satisfies Record<string, Option>;

/** The SDK of AWS is loaded only where it is used. */
export async function openPlace(given: Given): Promise<AdminPorts> {
  const [data, env] = [given.data?.[0], given.env?.[0]];
  if (data !== undefined && env !== undefined) throw new UsageError('--data and --env exclude each other.');
  if (data !== undefined) return await (await import('./one-machine.ts')).openOneMachine(data);
  if (env !== undefined) return await (await import('../deployed.ts')).openDeployed(given);
  throw new UsageError('Say where: --data FOLDER for a server on this machine, or --env NAME for a deployment in AWS.');
}
