export interface Clock {
  /** milliseconds since 1970 */
  now(): number;
  /** 128 random bits, 32 lower-case hex digits */
  token(): string;
  /** Resolves when this much time has passed. */
  pause(milliseconds: number): Promise<void>;
}
