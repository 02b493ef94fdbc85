import { proxyEnvironment } from './web-proxy.ts';

/** What a technician should check after a connection to the server has failed; one sentence. */
export function connectionAdvice(error: unknown, target: string): string {
  const { code = '', message = '', errors = [] } = error as NodeJS.ErrnoException & { errors?: Error[] };
  const about = [code, message, ...errors.map(each => String(each))].join(' ');
  const { HTTPS_PROXY: proxy } = proxyEnvironment();
  const row = advice.find(([pattern]) => pattern.test(about));
  return (row?.[1] ?? other)(target, proxy ? `through the proxy ${withoutPassword(proxy)}` : 'without a proxy');
}

const other = (target: string, way: string) =>
  `Check that this machine reaches ${target} ${way}; if the site has a web proxy, set HTTPS_PROXY.`;

const advice: [pattern: RegExp, sentence: (target: string, way: string) => string][] = [
  [/ERR_PROXY_TUNNEL|ERR_PROXY/, (target, way) => `The web proxy refuses ${target}: allow it there (${way}).`],
  [
    /ENOTFOUND|EAI_AGAIN/,
    target => `The name in ${target} cannot be resolved: check its spelling and the name server of this machine.`,
  ],
  [
    /ECONNREFUSED/,
    (target, way) => `Nothing answers at ${target} (${way}): check the port, and that the server is running.`,
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|ALTNAME/,
    target =>
      `The certificate of ${target} is not trusted: if a firewall inspects TLS, exempt this server, or install the ` +
      "firewall's authority on this machine.",
  ],
  [
    /ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNRESET|no answer|no connection|socket hang up/,
    (target, way) =>
      `A firewall may block ${target} (${way}): it must let out TCP to that port. If the site has a web proxy, set HTTPS_PROXY.`,
  ],
];

function withoutPassword(proxy: string): string {
  const url = URL.parse(proxy);
  return url ? `${url.protocol}//${url.host}` : proxy;
}
