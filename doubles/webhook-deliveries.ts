/** The deliveries of the server, for benches. */
export { startDeliveries } from '../server/deliveries.ts';
