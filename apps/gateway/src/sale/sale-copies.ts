import type { Clock } from '@seckill/clock';
import { InventoryUnavailableError, type Sale, type SaleReading } from '@seckill/inventory-client';
import { BoundedMap } from './bounded-map.js';

/** How copies of sales are kept. */
export interface SaleCopiesOptions {
  /** Reads a sale from inventory; undefined when there is none. Concurrent reads should be merged into one call. */
  read(saleId: string): Promise<SaleReading | undefined>;
  /** Must never be set back or forth. */
  clock: Clock;
  /** A copy is fresh for this many ms; then it is read again, once for all who ask. @default 1_000 */
  freshForMs?: number;
  /** An id without a sale is remembered for this many ms. @default 1_000 */
  unknownForMs?: number;
  /** A request that may use a stale copy waits at most this many ms for a fresh one. @default 250 */
  patienceMs?: number;
  /** Most copies, and most unknown ids. @default 10_000 */
  capacity?: number;
  /** Most ids without a copy that are read at once; one more is refused as unavailable. @default 256 */
  maxFirstReads?: number;
}

interface Copy {
  sale: Sale;
  /** When its read began: the stock in it is at most this old. */
  askedAt: number;
  /** Its place in the order of all reads and answers: a read that began later did not overlap with it. */
  receivedAs: number;
  /** Whether a request used it. */
  used: boolean;
}

/**
 * The gateway's copies of sales in use. Each is read once or twice a second, however many buyers ask, so that a flood of
 * purchases costs inventory next to nothing. When one is read again, those that are in use and due soon are read with
 * it: a thousand sales cost a few large reads a second, and few buyers wait for any. Copies refuse nothing for good:
 * inventory decides.
 */
export class SaleCopies {
  readonly #options: Required<SaleCopiesOptions>;
  readonly #copies: BoundedMap<string, Copy>;
  /** When an id without a sale was last read. */
  readonly #unknown: BoundedMap<string, number>;
  /** When a read last failed, or took too long. */
  readonly #failedAt: BoundedMap<string, number>;
  readonly #reading = new Map<string, Promise<Sale | undefined>>();
  #firstReads = 0;
  #order = 0;
  #refreshedAt = -Infinity;

  constructor(options: SaleCopiesOptions) {
    this.#options = {
      freshForMs: 1_000,
      unknownForMs: 1_000,
      patienceMs: 250,
      capacity: 10_000,
      maxFirstReads: 256,
      ...options,
    };
    this.#copies = new BoundedMap(this.#options.capacity);
    this.#unknown = new BoundedMap(this.#options.capacity);
    this.#failedAt = new BoundedMap(this.#options.capacity);
  }

  /** Number of copies and of unknown ids. */
  get size(): number {
    return this.#copies.size + this.#unknown.size;
  }

  /** A fresh copy, if there is one. */
  fresh(saleId: string): Sale | undefined {
    const copy = this.#copies.get(saleId);
    if (!copy || this.#since(copy.askedAt) >= this.#options.freshForMs) return undefined;
    copy.used = true;
    return copy.sale;
  }

  /**
   * A sale that is at most a second old; undefined when there is none.
   * @throws InventoryUnavailableError
   */
  async current(saleId: string): Promise<Sale | undefined> {
    const sale = this.fresh(saleId);
    if (sale) return sale;
    const askedAt = this.#unknown.get(saleId) ?? -Infinity;
    if (this.#since(askedAt) < this.#options.unknownForMs) return undefined;
    return this.#read(saleId);
  }

  /**
   * A sale, from an older copy if inventory does not answer soon; undefined when there is none.
   * @throws InventoryUnavailableError when there is no copy either
   */
  async atHand(saleId: string): Promise<Sale | undefined> {
    const fresh = this.fresh(saleId);
    if (fresh) return fresh;
    const copy = this.#copies.get(saleId);
    if (!copy) return this.current(saleId);
    if (this.#hasJustFailed(saleId)) return copy.sale;
    return this.#soon(this.#read(saleId), copy.sale);
  }

  /** Changes a sale and keeps what inventory stored. Concurrent reads do not undo it. */
  async change<Changed extends { sale: Sale }>(put: () => Promise<Changed>): Promise<Changed> {
    const askedAt = this.#options.clock.now();
    const order = ++this.#order;
    const changed = await put();
    this.#keep(changed.sale.saleId, changed.sale, askedAt, order);
    return changed;
  }

  /** Reads a sale, once for all who ask at the same time. */
  #read(saleId: string): Promise<Sale | undefined> {
    const reading = this.#reading.get(saleId);
    if (reading) return reading;
    const isFirst = this.#copies.get(saleId) === undefined;
    if (isFirst && this.#firstReads >= this.#options.maxFirstReads)
      return Promise.reject(new InventoryUnavailableError('too many sales without a copy are being read'));
    if (isFirst) this.#firstReads++;
    const started = this.#start(saleId, isFirst);
    if (!isFirst) this.#refreshOthers();
    return started;
  }

  #start(saleId: string, isFirst: boolean): Promise<Sale | undefined> {
    const started = this.#readNow(saleId).finally(() => {
      this.#reading.delete(saleId);
      if (isFirst) this.#firstReads--;
    });
    this.#reading.set(saleId, started);
    return started;
  }

  /** Reads copies in use that are past half of their time, so that all are due together from then on. */
  #refreshOthers(): void {
    const dueAfterMs = this.#options.freshForMs / 2;
    if (this.#since(this.#refreshedAt) < dueAfterMs) return;
    this.#refreshedAt = this.#options.clock.now();
    for (const [saleId, copy] of this.#copies.entries()) {
      if (!copy.used || this.#since(copy.askedAt) < dueAfterMs) continue;
      if (this.#reading.has(saleId) || this.#hasJustFailed(saleId)) continue;
      // No request waits for it: the next request reads again.
      this.#start(saleId, false).catch(() => undefined);
    }
  }

  #hasJustFailed(saleId: string): boolean {
    return this.#since(this.#failedAt.get(saleId) ?? -Infinity) < this.#options.freshForMs;
  }

  async #readNow(saleId: string): Promise<Sale | undefined> {
    const askedAt = this.#options.clock.now();
    const order = ++this.#order;
    try {
      const reading = await this.#options.read(saleId);
      this.#failedAt.delete(saleId);
      return this.#keep(saleId, reading?.sale, askedAt, order);
    } catch (error) {
      this.#failedAt.set(saleId, this.#options.clock.now());
      throw error;
    }
  }

  /**
   * Keeps what was read, unless the copy is newer. When a change and a read overlap (two reads of one sale never do), the
   * higher version is newer, and a sale is newer than none. Otherwise versions cannot be compared, since they start again
   * when a sale is purged and created anew.
   * @returns the copy after that
   */
  #keep(saleId: string, sale: Sale | undefined, askedAt: number, order: number): Sale | undefined {
    const copy = this.#copies.get(saleId);
    const overlaps = copy !== undefined && order < copy.receivedAs;
    if (overlaps && (!sale || copy.sale.version > sale.version)) return copy.sale;
    if (sale) {
      this.#unknown.delete(saleId);
      this.#copies.set(saleId, { sale, askedAt, receivedAs: ++this.#order, used: false });
    } else {
      this.#copies.delete(saleId);
      this.#unknown.set(saleId, askedAt);
    }
    return sale;
  }

  /** ms since a moment. */
  #since(moment: number): number {
    return this.#options.clock.now() - moment;
  }

  /** The result of `reading` if it comes soon, otherwise `copy`. A missing sale and a defect count as results. */
  #soon(reading: Promise<Sale | undefined>, copy: Sale): Promise<Sale | undefined> {
    const { clock, patienceMs } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        this.#failedAt.set(copy.saleId, clock.now());
        resolve(copy);
      }, patienceMs);
      reading
        .finally(() => timer.clear())
        .then(resolve, (error: unknown) =>
          error instanceof InventoryUnavailableError ? resolve(copy) : reject(error as Error),
        );
    });
  }
}
