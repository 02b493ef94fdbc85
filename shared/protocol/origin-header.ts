/** Carries a secret from the firewall to the API, so that no request passes by the firewall. */
export const originHeader = 'x-origin-verify';
