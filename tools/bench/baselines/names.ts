/** The queue of the BullMQ baseline. */
export const BULLMQ_QUEUE = 'purchase';

/** The topic of the Kafka baseline; Nest adds `.reply` for its answers. */
export const KAFKA_TOPIC = 'purchase';

/** Partitions of the Kafka baseline: within one, Nest handles one message after the other. */
export const KAFKA_PARTITIONS = 16;
