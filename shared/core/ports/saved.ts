/** Result of a conditional save. `conflict` is the stored record that won; nothing was written. */
export type Saved<T> = { saved: T } | { conflict: T | undefined };
