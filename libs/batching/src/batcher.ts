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
  maxItems?: number;
  /** Most bytes in one batch, as `sizeOf` counts them; an item larger than this goes alone. @default Infinity */
  maxBytes?: number;
  /** Bytes of one item. @default () => 0 */
  sizeOf?: (item: Item) => number;
  /** Flights in the air at once. More only make batches smaller. @default 1 */
  flights?: number;
  /** A flight that takes longer than this many ms no longer keeps the next one on the ground. @default Infinity */
  lateAfterMs?: number;
  /** Late flights that are tolerated; with this many in the air the rest waits. @default 2 */
  maxLateFlights?: number;
  /** Items waiting in the buffer; one more is refused. @default Infinity */
  maxWaiting?: number;
  /** An item that has waited in the buffer for this many ms is given up. @default Infinity */
  maxWaitMs?: number;
  /** Hears of every flight that landed: items, and ms in the air. */
  onFlight?: (items: number, ms: number) => void;
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
 * The one rule of batching at every hop: one flight is in the air, the rest gathers meanwhile, and all of it leaves
 * when the flight lands. There is no timer that waits for more: idle, a batch is one item and waits for nothing;
 * under load batches grow by themselves and the cost per item falls.
 */
export class Batcher<Item extends object, Result> {
  readonly #options: Required<BatcherOptions<Item, Result>>;
  readonly #waiting = new Map<Item, Waiting<Item, Result>>();
  readonly #idle: (() => void)[] = [];
  #flying = 0;
  #late = 0;
  #kicked = false;
  #closed = false;
  #patience: Timer | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = {
      maxItems: 256,
      maxBytes: Infinity,
      sizeOf: () => 0,
      flights: 1,
      lateAfterMs: Infinity,
      maxLateFlights: 2,
      maxWaiting: Infinity,
      maxWaitMs: Infinity,
      onFlight: () => {},
      clock: systemClock,
      ...options,
    };
  }

  /** Items in the buffer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Flights in the air, late ones included. */
  get flying(): number {
    return this.#flying + this.#late;
  }

  /**
   * Puts an item into the buffer and resolves with its result.
   * @throws NotSentError if it certainly never left; otherwise whatever its flight failed with
   */
  add(item: Item): Promise<Result> {
    if (this.#closed) return Promise.reject(new NotSentError('closed'));
    if (this.#waiting.size >= this.#options.maxWaiting)
      return Promise.reject(new NotSentError('buffer full'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(item, { item, since: this.#options.clock.now(), resolve, reject });
      this.#watchPatience();
      this.#kick();
    });
  }

  /**
   * Takes an item back that has not left yet; its promise rejects with NotSentError.
   * @returns false if it has left, or was never here
   */
  withdraw(item: Item): boolean {
    const waiting = this.#waiting.get(item);
    if (!waiting) return false;
    this.#giveUp(waiting, 'withdrawn');
    this.#landIfIdle();
    return true;
  }

  /** Gives up what waits now; what comes later is taken. For when it turns out that nobody is there to send it to. */
  refuseWaiting(): void {
    for (const waiting of this.#waiting.values()) this.#giveUp(waiting, 'refused');
    this.#landIfIdle();
  }

  /** Resolves once nothing waits and nothing is in the air. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Refuses what still waits and whatever comes later. Flights in the air land by themselves. */
  close(): void {
    this.#closed = true;
    this.#patience?.clear();
    for (const waiting of this.#waiting.values()) this.#giveUp(waiting, 'closed');
    this.#landIfIdle();
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && this.flying === 0;
  }

  get #mayStart(): boolean {
    return this.#flying < this.#options.flights && this.#waiting.size > 0;
  }

  /** Starts after the work that is ready now, so that items which arrive together leave together. */
  #kick(): void {
    if (this.#kicked || !this.#mayStart) return;
    this.#kicked = true;
    this.#options.clock.setImmediate(() => {
      this.#kicked = false;
      while (this.#mayStart) void this.#fly(this.#take());
    });
  }

  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxBytes, sizeOf } = this.#options;
    const batch: Waiting<Item, Result>[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting.values()) {
      bytes += sizeOf(waiting.item);
      if (batch.length > 0 && (batch.length >= maxItems || bytes > maxBytes)) break;
      this.#waiting.delete(waiting.item);
      batch.push(waiting);
    }
    return batch;
  }

  async #fly(batch: Waiting<Item, Result>[]): Promise<void> {
    const { clock, lateAfterMs, send, onFlight } = this.#options;
    const started = clock.now();
    const late = Number.isFinite(lateAfterMs) ? clock.setTimeout(() => onLate(), lateAfterMs) : undefined;
    let isLate = false;
    const onLate = () => {
      if (this.#late >= this.#options.maxLateFlights) return;
      isLate = true;
      this.#flying--;
      this.#late++;
      this.#kick();
    };
    this.#flying++;
    try {
      const results = await send(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new Error(`a batch of ${batch.length} items came back with ${results.length} results`);
      }
      batch.forEach(({ resolve }, i) => resolve(results[i] as Result));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      late?.clear();
      if (isLate) this.#late--;
      else this.#flying--;
      onFlight(batch.length, clock.now() - started);
      this.#kick();
      this.#landIfIdle();
    }
  }

  #landIfIdle(): void {
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #giveUp(waiting: Waiting<Item, Result>, reason: NotSentReason): void {
    this.#waiting.delete(waiting.item);
    waiting.reject(new NotSentError(reason));
  }

  /** One timer for the oldest item; it looks after all that follow. */
  #watchPatience(): void {
    const { clock, maxWaitMs } = this.#options;
    if (this.#patience || !Number.isFinite(maxWaitMs)) return;
    const [oldest] = this.#waiting.values();
    if (!oldest) return;
    this.#patience = clock.setTimeout(
      () => {
        this.#patience = undefined;
        for (const waiting of this.#waiting.values()) {
          if (waiting.since + maxWaitMs > clock.now()) break;
          this.#giveUp(waiting, 'waited too long');
        }
        this.#landIfIdle();
        this.#watchPatience();
      },
      Math.max(0, oldest.since + maxWaitMs - clock.now()),
    );
  }
}
