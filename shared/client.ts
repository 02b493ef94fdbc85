/** The client's address in release 0.1.0. */
export * from '../client/index.ts';
