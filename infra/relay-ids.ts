/*
 * Environments may share an account, and thus AWS IoT. So the ids of an environment's relays, which are also the names of
 * their things and their MQTT client ids, begin with its name. Relays that release 0.1.0 enrolled have an id without it,
 * of 32 hex digits, and are accepted in every environment until they enrol again.
 */
export class RelayIds {
  readonly prefix: string;

  constructor(environmentName: string) {
    this.prefix = `platen-${environmentName}-`;
  }

  /** A regular expression of AWS IoT SQL, and the only kind of ids that this environment's rules accept. */
  get sqlPattern(): string {
    return `^(${this.prefix})?[0-9a-f]{32}$`;
  }

  /** The same as patterns of IAM, in which `?` is any one character. */
  get iamPatterns(): string[] {
    return [`${this.prefix}*`, '?'.repeat(32)];
  }
}
