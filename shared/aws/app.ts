import { readConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { openAws } from './open-aws.ts';

let current: Ports | undefined;

/** The adapters that functions work with in AWS, made once for as long as the function's process lives. */
export function app(): Ports {
  current ??= openAws(readConfig());
  return current;
}
