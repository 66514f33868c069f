import { describe } from '@jest/globals';

/** For what the stand-in cannot show: left out where no real RocketMQ could be started (start-rocketmq.js says so). */
export const describeOnRealRocketMq = process.env['REAL_ROCKETMQ_ENDPOINTS'] ? describe : describe.skip;
