import { spawnSync } from 'node:child_process';

/*
 * Chromium's sandbox keeps a renderer that a page has taken over from the rest of the system. It needs namespaces of an
 * unprivileged user, which some containers and distributions do not give, and it is not for root.
 */

let isOffered: boolean | undefined;

/** Whether this user can have the sandbox. Lambda is one itself and has none inside. */
export function hasSandbox(identity: { uid?: number; gid?: number } = {}): boolean {
  isOffered ??= tryNamespaces(identity);
  return isOffered;
}

function tryNamespaces(identity: { uid?: number; gid?: number }): boolean {
  const isRoot = (identity.uid ?? process.getuid?.()) === 0;
  if (isRoot || process.platform !== 'linux') return !isRoot;
  // the same namespaces as the browser asks for [chromium, docs/linux/sandboxing.md]
  const made = spawnSync('unshare', ['--user', '--pid', '--net', '--fork', 'true'], { ...identity, stdio: 'ignore' });
  return made.status === 0;
}
