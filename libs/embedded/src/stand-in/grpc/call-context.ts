import type { Clock } from '@seckill/clock';
import type { Broker } from '../broker/broker.js';
import type { Faults } from '../faults/faults.js';
import type { Clients } from './clients.js';

/** What all calls of the service share. */
export interface CallContext {
  readonly broker: Broker;
  readonly clients: Clients;
  readonly faults: Faults;
  readonly clock: Clock;
  /** The address that clients get in routes. */
  readonly address: () => { host: string; port: number };
}

/** The id of the calling client. */
export function clientIdOf(call: { metadata: { get(key: string): (string | Buffer)[] } }): string {
  return String(call.metadata.get('x-mq-client-id')[0] ?? '');
}
