type Headers = Record<string, string | undefined>;

/**
 * `https://host[:port]`, as the client knows us: the first word of each list is that of the proxy next to the client.
 * `Forwarded` [RFC 7239] goes before its older forms; what is no scheme or no host says nothing.
 */
export function originOf(headers: Headers, ownHost: string): string {
  const forwarded = first(headers.forwarded);
  const parameter = (name: string) => new RegExp(`(?:^|;)\\s*${name}="?([^";\\s]+)`, 'i').exec(forwarded)?.[1];
  const scheme = [parameter('proto'), first(headers['x-forwarded-proto'])].find(isScheme)?.toLowerCase() ?? 'https';
  const proxyHost = [parameter('host'), withPort(headers, scheme)].find(isHost);
  return `${scheme}://${proxyHost ?? headers.host ?? ownHost}`;
}

const first = (list: string | undefined) => (list ?? '').split(',')[0]?.trim() ?? '';
const isScheme = (text: string | undefined) => /^https?$/i.test(text ?? '');
const isHost = (text: string | undefined) => /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text ?? '');

/** `X-Forwarded-Host` may lack the port, which then is in `X-Forwarded-Port`. */
function withPort(headers: Headers, scheme: string): string {
  const [host, port] = [first(headers['x-forwarded-host']), first(headers['x-forwarded-port'])];
  const isUsual = port === '' || port === (scheme === 'https' ? '443' : '80');
  return isUsual || /:\d+$/.test(host) ? host : `${host}:${port}`;
}
