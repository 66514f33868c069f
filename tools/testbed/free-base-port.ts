import { isFree } from '@seckill/embedded';
import { waitFor } from './wait-for.js';

/** Below the range in which `freePorts` looks: nothing that runs beside takes one of these before it is used. */
const first = 10_000;
const last = 18_000;

/** How far above the first port `npm start` puts its other ones, for the usual number of instances. */
const distances = [0, 1, 100, 101, 200, 1_000, 1_001, 1_200, 1_300, 1_400];

/**
 * A first port for `npm start -- --http-port` such that all of its ports are free now.
 * @throws Error when there is none for long
 */
export function freeBasePort(): Promise<number> {
  return waitFor('a block of free ports', async () => {
    const base = first + Math.floor(Math.random() * (last - first));
    const free = await Promise.all(distances.map((distance) => isFree(base + distance)));
    return free.every(Boolean) && base;
  });
}
