import { systemClock, type Clock, type Timer } from '@seckill/clock';
import { NotSentError, type NotSentReason } from './errors.js';

/** How a batcher gathers and sends. */
export interface BatcherOptions<Item, Result> {
  /**
   * Sends one batch and resolves with one result per item, in the same order. A rejection is the error of every
   * item of the batch.
   */
  send: (items: Item[]) => Promise<readonly Result[]>;
  /** Most items in one batch. @default 256 */
  maxBatchSize?: number;
  /** Most bytes in one batch, as `sizeOf` counts them; a larger item is sent alone. @default Infinity */
  maxBatchBytes?: number;
  /** Bytes of one item. @default () => 0 */
  sizeOf?: (item: Item) => number;
  /** Batches in flight at once. More only make batches smaller. @default 1 */
  maxInFlight?: number;
  /** A batch in flight for more than this many ms is late and no longer blocks the next one. @default Infinity */
  lateAfterMs?: number;
  /** Late batches that are tolerated beside `maxInFlight`; the next late one blocks again. @default 2 */
  maxLate?: number;
  /** Items waiting in the buffer; one more is refused. @default Infinity */
  maxWaiting?: number;
  /** An item that has waited in the buffer for this many ms is rejected. @default Infinity */
  maxWaitMs?: number;
  /** Called when a batch has ended: its number of items, and ms in flight. */
  onBatch?: (items: number, ms: number) => void;
  /** @default systemClock */
  clock?: Clock;
}

interface Waiting<Item, Result> {
  item: Item;
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers items into batches by one rule, the same at every hop: while a batch is in flight, items wait in the buffer;
 * when it ends, all that wait leave as the next batch.
 *
 * An item is in one of three states: it waits in the buffer, it is in flight, or it is settled. While it waits it can
 * be withdrawn, refused or time out, and then it was certainly not sent (NotSentError). Once in flight it settles with
 * its batch only.
 *
 * There is no timer that waits for more items. Idle, a batch is one item and leaves at once; under load batches grow by
 * themselves and the cost per item falls.
 */
export class Batcher<Item extends object, Result> {
  readonly #options: Required<BatcherOptions<Item, Result>>;
  readonly #waiting = new Map<Item, Waiting<Item, Result>>();
  readonly #idle: (() => void)[] = [];
  /** Batches in flight that are not late. */
  #punctual = 0;
  /** Batches in flight that no longer block the next one. */
  #late = 0;
  #startScheduled = false;
  #closed = false;
  #waitTimer: Timer | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = {
      maxBatchSize: 256,
      maxBatchBytes: Infinity,
      sizeOf: () => 0,
      maxInFlight: 1,
      lateAfterMs: Infinity,
      maxLate: 2,
      maxWaiting: Infinity,
      maxWaitMs: Infinity,
      onBatch: () => {},
      clock: systemClock,
      ...options,
    };
  }

  /** Items in the buffer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Batches in flight, late ones included. */
  get inFlight(): number {
    return this.#punctual + this.#late;
  }

  /**
   * Puts an item into the buffer and resolves with its result.
   * @throws NotSentError if it certainly never left; otherwise the error of its batch
   */
  add(item: Item): Promise<Result> {
    if (this.#closed) return Promise.reject(new NotSentError('closed'));
    if (this.#waiting.size >= this.#options.maxWaiting)
      return Promise.reject(new NotSentError('buffer full'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(item, { item, since: this.#options.clock.now(), resolve, reject });
      this.#watchOldest();
      this.#scheduleStart();
    });
  }

  /**
   * Takes an item back that has not left yet; its promise rejects with NotSentError.
   * @returns false if it has left, or was never here
   */
  withdraw(item: Item): boolean {
    const waiting = this.#waiting.get(item);
    if (!waiting) return false;
    this.#refuse(waiting, 'withdrawn');
    this.#resolveIfIdle();
    return true;
  }

  /** Rejects all items that wait now; later ones are accepted. For a receiver that turns out to be unreachable. */
  refuseWaiting(): void {
    for (const waiting of this.#waiting.values()) this.#refuse(waiting, 'refused');
    this.#resolveIfIdle();
  }

  /** Resolves once no item waits and no batch is in flight. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Rejects all items that wait, and all later ones. Batches in flight end by themselves. */
  close(): void {
    this.#closed = true;
    this.#waitTimer?.clear();
    for (const waiting of this.#waiting.values()) this.#refuse(waiting, 'closed');
    this.#resolveIfIdle();
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && this.inFlight === 0;
  }

  get #mayStart(): boolean {
    return this.#punctual < this.#options.maxInFlight && this.#waiting.size > 0;
  }

  /** Starts after the work that is ready now, so that items which arrive together leave together. */
  #scheduleStart(): void {
    if (this.#startScheduled || !this.#mayStart) return;
    this.#startScheduled = true;
    this.#options.clock.setImmediate(() => {
      this.#startScheduled = false;
      while (this.#mayStart) void this.#send(this.#take());
    });
  }

  #take(): Waiting<Item, Result>[] {
    const { maxBatchSize, maxBatchBytes, sizeOf } = this.#options;
    const batch: Waiting<Item, Result>[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting.values()) {
      bytes += sizeOf(waiting.item);
      if (batch.length > 0 && (batch.length >= maxBatchSize || bytes > maxBatchBytes)) break;
      this.#waiting.delete(waiting.item);
      batch.push(waiting);
    }
    return batch;
  }

  async #send(batch: Waiting<Item, Result>[]): Promise<void> {
    const { clock, lateAfterMs, maxLate, send, onBatch } = this.#options;
    const started = clock.now();
    let isLate = false;
    const onLate = () => {
      if (this.#late >= maxLate) return;
      isLate = true;
      this.#punctual--;
      this.#late++;
      this.#scheduleStart();
    };
    const lateTimer = Number.isFinite(lateAfterMs) ? clock.setTimeout(onLate, lateAfterMs) : undefined;
    this.#punctual++;
    try {
      const results = await send(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new Error(`a batch of ${batch.length} items came back with ${results.length} results`);
      }
      batch.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      lateTimer?.clear();
      if (isLate) this.#late--;
      else this.#punctual--;
      onBatch(batch.length, clock.now() - started);
      this.#scheduleStart();
      this.#resolveIfIdle();
    }
  }

  #resolveIfIdle(): void {
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #refuse(waiting: Waiting<Item, Result>, reason: NotSentReason): void {
    this.#waiting.delete(waiting.item);
    waiting.reject(new NotSentError(reason));
  }

  /** One timer, for the oldest item; it is set again for the next one. */
  #watchOldest(): void {
    const { clock, maxWaitMs } = this.#options;
    if (this.#waitTimer || !Number.isFinite(maxWaitMs)) return;
    const [oldest] = this.#waiting.values();
    if (!oldest) return;
    this.#waitTimer = clock.setTimeout(
      () => {
        this.#waitTimer = undefined;
        for (const waiting of this.#waiting.values()) {
          if (waiting.since + maxWaitMs > clock.now()) break;
          this.#refuse(waiting, 'waited too long');
        }
        this.#resolveIfIdle();
        this.#watchOldest();
      },
      Math.max(0, oldest.since + maxWaitMs - clock.now()),
    );
  }
}
