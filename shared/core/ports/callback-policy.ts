/** Recognises callback addresses that can never be called, before any work begins. Only `print` has one. */
export interface CallbackPolicy {
  /** Whether the address is private and not on the allow list. Does not resolve names. */
  refuses(url: string): boolean;
}
