/** Posts callbacks. Only `notify` has one. */
export interface Webhooks {
  /**
   * Posts JSON once; credentials in the address become a header. Returns `delivered` on a 2xx answer in time, `refused`
   * if the address may never be called, and `failed` if a later attempt may succeed.
   */
  post(url: string, body: string): Promise<'delivered' | 'refused' | 'failed'>;
}
