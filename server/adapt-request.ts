import type { IncomingMessage } from 'node:http';

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Gives a request the form that all handlers read: the target without scheme and host, which then is the host [RFC 9112
 * 3.2.2], and with a public URL its scheme and host, whatever proxies say.
 */
export function adaptRequest(request: IncomingMessage, publicUrl: string | undefined): void {
  const [, host, target = ''] = absoluteForm.exec(request.url ?? '') ?? [];
  if (host) {
    request.headers.host = host;
    request.url = target.startsWith('/') ? target : `/${target}`;
  }
  if (!publicUrl) return;
  const { protocol, host: publicHost } = new URL(publicUrl);
  for (const name of ['forwarded', 'x-forwarded-host', 'x-forwarded-port']) delete request.headers[name];
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  request.headers.host = publicHost;
}
