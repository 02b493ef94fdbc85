import type { Ports } from '../../core/ports/index.ts';
import { readConfig } from '../../protocol/config.ts';
import { openAws } from './open-aws.ts';

let current: Ports | undefined;

/** The adapters that functions work with in AWS, made once for as long as the function's process lives. */
export function app(): Ports {
  current ??= openAws(readConfig());
  return current;
}
