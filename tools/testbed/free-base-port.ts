import { claimPorts } from '@seckill/embedded';

/** How far above the first port `npm start` puts its other ones, for the usual number of instances. */
const offsets = [0, 1, 100, 101, 200, 1_000, 1_001, 1_200, 1_300, 1_400];

/**
 * Claims a first port for `npm start -- --http-port` such that all of its ports are free. Below the range of `freePorts`.
 * @throws CannotStartError when there is none
 */
export function freeBasePort(): Promise<number> {
  return claimPorts({ from: 10_000, to: 18_000, offsets });
}
