/*
 * After a fault of the network or of the broker, all relays want to connect at once, and a broker takes some hundred of
 * them a second [AWS IoT Core: 500]. One that is refused tries again within a longer time, and anywhere in it.
 */

const firstMilliseconds = 2000;
const factor = 5;
const mostMilliseconds = 2 * 60_000;

/** A connection that lasted less is counted with the failed ones, so that a link that breaks at once is not tried at once. */
export const steadyMilliseconds = 60_000;

/** The delay before the n-th try to connect again, from 0. */
export function reconnectDelay(tries: number, random: () => number = Math.random): number {
  return random() * Math.min(mostMilliseconds, firstMilliseconds * factor ** tries);
}
