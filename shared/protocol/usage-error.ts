/** A command line that cannot be carried out; programs print the message and exit with 2. */
export class UsageError extends Error {}
