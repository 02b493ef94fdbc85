/** Where the console is served; its files have absolute addresses. */
export const consolePath = '/console/';

/** `origins`: what the page may connect to besides its own origin: the API, and the store of documents. */
export function contentSecurityPolicy(origins: string[]): string {
  const others = origins.map(origin => ` ${origin}`).join('');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self'${others}`,
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
