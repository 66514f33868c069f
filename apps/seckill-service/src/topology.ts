/** Names that docker/rocketmq/topology.json makes. */
export const TOPIC = 'seckill-purchase';
export const RETRY_TOPIC = 'seckill-purchase-retry';
export const DEAD_LETTER_TOPIC = 'seckill-purchase-dead';
export const GROUP = 'seckill-service';
