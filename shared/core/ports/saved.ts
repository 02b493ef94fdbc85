/** A save that found another version there: nothing was written, and this is what was there instead. */
export type Saved<T> = { saved: T } | { conflict: T | undefined };
