import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { systemClock, type Clock, type CorrectedClock } from '@seckill/clock';
import type { Registry } from '@seckill/registry';

/** How an inventory client finds and calls inventory. */
export interface InventoryClientOptions {
  /** Where instances of role `inventory` are found. Stays open when the client closes. */
  registry: Pick<Registry, 'list' | 'watch'>;
  /** How inventory is reached; `MutualTls.credentialsTo(INVENTORY_ROLE)` of `@seckill/tls` fits. @default plain text */
  credentials?: ChannelCredentials;
  /** Most calls in flight to one instance. Two keep both ends busy. @default 2 */
  maxInFlight?: number;
  /** Most purchases in one call. @default 1024 */
  maxBatchSize?: number;
  /** Most purchases waiting for a call to one instance; one more fails as unavailable. @default Infinity */
  maxWaiting?: number;
  /** Deadline of a call to decide, and longest wait before it, in ms. @default 5_000 */
  decideTimeoutMs?: number;
  /** Deadline of a read, in ms. @default 2_000 */
  readTimeoutMs?: number;
  /** Most reads at once; one more fails as unavailable at once. @default 1_000 */
  maxReads?: number;
  /** Deadline of a change of a sale, in ms; longer than inventory itself waits for locks. @default 8_000 */
  changeTimeoutMs?: number;
  /** Deadline of counting a ledger, in ms. @default 30_000 */
  ledgerTimeoutMs?: number;
  /** A call that takes longer than this many ms no longer counts as in flight, so that the next one can start. @default 1_000 */
  lateAfterMs?: number;
  /** Most instances to keep connections to. @default 64 */
  maxInstances?: number;
  /** @default systemClock */
  clock?: Clock;
  /** A clock to correct by the ledger's, whose time comes with every sale. @default none */
  ledgerClock?: CorrectedClock;
}

/** The options of a channel. */
export type ChannelSettings = Required<Omit<InventoryClientOptions, 'registry' | 'ledgerClock'>> &
  Pick<InventoryClientOptions, 'ledgerClock'>;

/** The options with their defaults. */
export function withDefaults(options: InventoryClientOptions): ChannelSettings {
  return {
    credentials: credentials.createInsecure(),
    maxInFlight: 2,
    maxBatchSize: 1024,
    maxWaiting: Infinity,
    decideTimeoutMs: 5_000,
    readTimeoutMs: 2_000,
    maxReads: 1_000,
    changeTimeoutMs: 8_000,
    ledgerTimeoutMs: 30_000,
    lateAfterMs: 1_000,
    maxInstances: 64,
    clock: systemClock,
    ...options,
  };
}
