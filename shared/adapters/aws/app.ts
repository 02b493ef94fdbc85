import type { Ports } from '../../core/ports/index.ts';
import { readConfig } from '../../protocol/config.ts';
import { openAws } from './open-aws.ts';

let current: Ports | undefined;

/** The AWS adapters, created once per execution environment. */
export function app(): Ports {
  current ??= openAws(readConfig());
  return current;
}
