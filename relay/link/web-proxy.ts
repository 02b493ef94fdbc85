/** Asked without a proxy whatever the environment says: the relay of `npm start` fetches its documents there. */
const ownMachine = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** The web proxy of this site, from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, for Node's agents. */
export function proxyEnvironment(environment: NodeJS.ProcessEnv = process.env): Record<string, string | undefined> {
  const either = (name: string) => environment[name.toLowerCase()] || environment[name];
  const exceptions = [either('NO_PROXY'), ...ownMachine].filter(Boolean).join(',');
  return { HTTPS_PROXY: either('HTTPS_PROXY'), HTTP_PROXY: either('HTTP_PROXY'), NO_PROXY: exceptions };
}
