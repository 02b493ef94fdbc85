/** Tells others over the web that something happened. Only `notify` is given one. */
export interface Webhooks {
  /**
   * Posts JSON once, with credentials out of the address. `told` when it was answered with a 2xx in time, `refused`
   * when the address may never be called, `failed` when it may go better later.
   */
  post(url: string, body: string): Promise<'told' | 'refused' | 'failed'>;
}
