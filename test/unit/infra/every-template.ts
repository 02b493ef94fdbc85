import { environmentNames } from '../../../infra/environments.ts';
import { everything } from './everything.ts';
import { type Synthesized, synthesize } from './synthesized.ts';

/** All environments as they are, and one with everything. */
export const everyTemplate: Record<string, Synthesized> = {
  ...Object.fromEntries(environmentNames.map(name => [name, synthesize(name)])),
  'prod with everything': synthesize('prod', everything),
};
