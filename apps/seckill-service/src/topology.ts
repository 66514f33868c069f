/** Names of topics and groups in docker/rocketmq/topology.json. */
export const TOPIC = 'seckill-purchase';
export const RETRY_TOPIC = 'seckill-purchase-retry';
export const DEAD_LETTER_TOPIC = 'seckill-purchase-dead';
export const GROUP = 'seckill-service';
