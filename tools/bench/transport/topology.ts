import type { Topology } from '@seckill/embedded';

/** Topics and group of the transport's benchmark. */
export const TRANSPORT_TOPIC = 'bench-transport';
export const TRANSPORT_RETRY = 'bench-transport-retry';
export const TRANSPORT_DEAD = 'bench-transport-dead';
export const TRANSPORT_GROUP = 'bench-transport';
/** Role of the asking process in the registry. */
export const ASKER_ROLE = 'bench-asker';

/** @see TRANSPORT_TOPIC */
export const transportTopology: Topology = {
  topics: [
    { name: TRANSPORT_TOPIC, type: 'NORMAL', queues: 8 },
    { name: TRANSPORT_RETRY, type: 'DELAY', queues: 4 },
    { name: TRANSPORT_DEAD, type: 'NORMAL', queues: 1 },
  ],
  groups: [{ name: TRANSPORT_GROUP, maxRetries: 1_000_000 }],
};
