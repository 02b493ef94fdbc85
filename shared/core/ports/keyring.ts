/** Secrets of the installation, made at first use and never shown. */
export interface Keyring {
  /** 32 octets for one purpose, the same at each call and in each process of the installation. */
  keyFor(purpose: 'share-links' | 'stream-tickets' | 'webhook-secrets'): Promise<Uint8Array>;
}
