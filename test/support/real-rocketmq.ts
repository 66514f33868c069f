import { describe } from '@jest/globals';
import type { SystemOptions } from '@tools/testbed';

/** `host:port` of the real RocketMQ of the system tests, if one runs. */
export const realEndpoints = process.env['REAL_ROCKETMQ_ENDPOINTS'];

/** For what the stand-in cannot show: left out where no real RocketMQ could be started (start-rocketmq.js says so). */
export const describeOnRealRocketMq = realEndpoints ? describe : describe.skip;

/**
 * The real RocketMQ that all system tests share, each system in a namespace of its own; where none runs, a system starts a
 * stand-in of its own.
 */
export function sharedRocketMq(): Pick<SystemOptions, 'rocketmq'> {
  return realEndpoints === undefined ? {} : { rocketmq: { endpoints: realEndpoints, shared: true } };
}
