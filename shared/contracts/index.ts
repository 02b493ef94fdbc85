import { cirrusprint } from './cirrusprint/routes.ts';
import type { Contract, Route } from './contract.ts';
import { platen } from './platen/routes.ts';
import { scriptx } from './scriptx/routes.ts';

/** Every dialect that is spoken here. The last one answers for paths that nobody owns. */
export const contracts: Contract[] = [cirrusprint, scriptx, platen];

/** All routes, as the gateway is told them. */
export const routes: Route[] = contracts.flatMap(contract => contract.routes);
