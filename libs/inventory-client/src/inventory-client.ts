import { NotSentError } from '@seckill/batching';
import { checkOutcome, checkResult, type DecideResult, type Outcome, type Purchase } from '@seckill/purchase';
import { InstanceCache, RegistryClosedError, type Instance } from '@seckill/registry';
import { InventoryUnavailableError, SaleChangeRefusedError } from './errors.js';
import { isWorthAskingElsewhere, RefusedCallError } from './from-service-error.js';
import { InventoryChannel } from './inventory-channel.js';
import { isSalePrecondition, isSaleRule } from './reasons.js';
import { INVENTORY_ROLE, SaleHomes } from './sale-homes.js';
import { withDefaults, type ChannelSettings, type InventoryClientOptions } from './settings.js';
import type { Ledger, PurchaseQuery, PurchaseState, SaleChange, SaleChanged, SaleReading } from './types.js';
import { fromWireLedger, fromWireSale, toWireChange } from './wire.js';

/**
 * Calls inventory. A sale belongs to one instance, found by rendezvous hashing among those in the registry;
 * purchases, and reads of sales, towards one instance gather into few calls. Every method throws
 * InventoryUnavailableError without an answer: whether the call took effect is not known then, and repeating is safe.
 * Before that, a call that may be repeated without effect is tried once more with another instance, if there is one.
 */
export class InventoryClient {
  readonly #homes: SaleHomes;
  readonly #settings: ChannelSettings;
  readonly #channels: InstanceCache<InventoryChannel>;
  readonly #closing = new Set<Promise<void>>();
  #reads = 0;

  constructor(options: InventoryClientOptions) {
    const settings = withDefaults(options);
    this.#settings = settings;
    this.#homes = new SaleHomes(options.registry);
    this.#channels = new InstanceCache(options.registry, INVENTORY_ROLE, {
      create: (instance) => new InventoryChannel(instance, settings),
      close: (channel) => this.#closeChannel(channel),
      max: settings.maxInstances,
    });
  }

  /** Whether an instance of inventory is known, ready or draining. */
  get known(): boolean {
    return this.#homes.any;
  }

  /**
   * Decides one purchase, or returns what was decided before for its request id.
   * @throws PurchaseProtocolError for an answer that this version does not understand
   */
  async decide(purchase: Purchase): Promise<DecideResult> {
    const decided = await this.#twice(purchase.saleId, (channel) => channel.decide(purchase));
    checkResult(decided);
    return decided;
  }

  /** One request of one user; undefined when there is none and no deadline is given. */
  async getPurchase(query: PurchaseQuery): Promise<PurchaseState | undefined> {
    const state = await knownOnly(
      this.#read(query.saleId, (channel) => channel.call('getPurchase', query, this.#settings.readTimeoutMs)),
    );
    if (!state) return undefined;
    const { outcome } = state;
    if (outcome) checkOutcome(outcome);
    return { outcome };
  }

  /** The requests of one user in one sale, newest first. @param limit at most this many, 1–100; 100 by default */
  async listPurchases(saleId: string, userId: string, limit = 100): Promise<Outcome[]> {
    const request = { saleId, userId, limit };
    const { outcomes } = await this.#read(saleId, (channel) =>
      channel.call('listPurchases', request, this.#settings.readTimeoutMs),
    );
    for (const outcome of outcomes) checkOutcome(outcome);
    return outcomes as Outcome[];
  }

  /** A sale; undefined when there is none. Sales that are asked for together are read together. */
  async getSale(saleId: string): Promise<SaleReading | undefined> {
    const response = await this.#twice(saleId, (channel) => channel.sale(saleId));
    return response && { sale: fromWireSale(response.sale), readAt: response.nowMs };
  }

  /**
   * Creates or changes a sale. Idempotent. Tried only once: a condition may fail because the first attempt
   * succeeded.
   * @throws SaleChangeRefusedError if a rule of the sale or a condition of the caller forbids it
   * @throws InvalidInventoryRequestError with the field that is wrong
   */
  async putSale(change: SaleChange): Promise<SaleChanged> {
    try {
      const { sale, created } = await this.#once(change.saleId, (channel) =>
        channel.timedCall('putSale', toWireChange(change), this.#settings.changeTimeoutMs),
      );
      return { sale: fromWireSale(sale), created };
    } catch (error) {
      if (!(error instanceof RefusedCallError)) throw error;
      const { reason, details } = error;
      if (!isSaleRule(reason) && !isSalePrecondition(reason)) throw error;
      throw new SaleChangeRefusedError(change.saleId, reason, details, { cause: error.cause });
    }
  }

  /** A sale with counts of its decisions; undefined when there is none. Reads every outcome: not for hot paths. */
  async getLedger(saleId: string): Promise<Ledger | undefined> {
    const response = await knownOnly(
      this.#twice(saleId, (channel) => channel.call('getLedger', { saleId }, this.#settings.ledgerTimeoutMs)),
    );
    return response && fromWireLedger(response);
  }

  /** Refuses waiting and new calls, lets calls in flight end, then closes the connections. */
  async close(): Promise<void> {
    this.#channels.close();
    await Promise.all(this.#closing);
  }

  #closeChannel(channel: InventoryChannel): void {
    const closing = channel.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Reads, with a bound on concurrent reads: after an outage all buyers who were asked to retry do so at once. */
  async #read<T>(saleId: string, call: (channel: InventoryChannel) => Promise<T>): Promise<T> {
    if (this.#reads >= this.#settings.maxReads)
      throw new InventoryUnavailableError('too many reads are in progress');
    this.#reads++;
    try {
      return await this.#twice(saleId, call);
    } finally {
      this.#reads--;
    }
  }

  /** Calls the instance of a sale. */
  async #once<T>(saleId: string, call: (channel: InventoryChannel) => Promise<T>): Promise<T> {
    return this.#ask(this.#home(saleId), call);
  }

  /** Calls the instance of a sale, then another one if that did not answer. */
  async #twice<T>(saleId: string, call: (channel: InventoryChannel) => Promise<T>): Promise<T> {
    const home = this.#home(saleId);
    try {
      return await this.#ask(home, call);
    } catch (error) {
      const other = isUnanswered(error) ? this.#homes.home(saleId, home) : undefined;
      if (!other) throw error;
      return this.#ask(other, call);
    }
  }

  #home(saleId: string): Instance {
    const home = this.#homes.home(saleId);
    if (!home) throw new InventoryUnavailableError('no instance is registered');
    return home;
  }

  async #ask<T>(instance: Instance, call: (channel: InventoryChannel) => Promise<T>): Promise<T> {
    try {
      return await call(this.#channels.get(instance));
    } catch (error) {
      if (!(error instanceof NotSentError) && !(error instanceof RegistryClosedError)) throw error;
      throw new InventoryUnavailableError(error.message, { cause: error });
    }
  }
}

/** No answer came, early enough for another instance: the connection failed, or the instance has left. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof InventoryUnavailableError)) return false;
  const { cause } = error;
  return isWorthAskingElsewhere(error) || (cause instanceof NotSentError && cause.reason === 'closed');
}

/** Undefined for what inventory does not know. */
async function knownOnly<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RefusedCallError && error.reason.startsWith('unknown-')) return undefined;
    throw error;
  }
}
