/** Tells callbacks that can never be called from others, before anything is begun. Only `print` is given one. */
export interface CallbackPolicy {
  /** Whether the address is seen to be private, and nobody has allowed it. Names are not looked up. */
  refuses(url: string): boolean;
}
