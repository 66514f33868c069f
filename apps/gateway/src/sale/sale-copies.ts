import type { Clock } from '@seckill/clock';
import { InventoryUnavailableError, type Sale, type SaleReading } from '@seckill/inventory-client';
import { BoundedMap } from './bounded-map.js';

/** How copies of sales are kept. */
export interface SaleCopiesOptions {
  /** Reads a sale from inventory; undefined when there is none. Sales of one moment should be read together. */
  read(saleId: string): Promise<SaleReading | undefined>;
  /** Must not be set back or forth meanwhile. */
  clock: Clock;
  /** A copy serves for so many ms; then it is read again, once for all who ask. @default 1_000 */
  freshForMs?: number;
  /** An id without a sale is remembered for so many ms. @default 1_000 */
  unknownForMs?: number;
  /** Whoever may be served from a stale copy waits for a new one for at most so many ms. @default 250 */
  patienceMs?: number;
  /** Copies at most, and as many unknown ids. @default 10_000 */
  capacity?: number;
  /** Ids without a copy that are being read at once; one more is refused as unavailable. @default 256 */
  maxFirstReads?: number;
}

interface Copy {
  sale: Sale;
  /** When it was asked for: the stock in it is at most this old. */
  askedAt: number;
  /** When it came, in the order of all questions and answers: what was asked for later did not overlap with it. */
  receivedAs: number;
  /** Whether anybody was served from it. */
  used: boolean;
}

/**
 * The gateway's copies of the sales that it is asked for. Each is read once a second, at most twice, however many ask, so
 * that a flood of clicks costs inventory next to nothing. Whenever one is read again, those that are in use and will soon be
 * due are read with it: a thousand sales are a few large reads a second, and few buyers wait for any. Copies refuse
 * nothing for good: inventory decides.
 */
export class SaleCopies {
  readonly #options: Required<SaleCopiesOptions>;
  readonly #copies: BoundedMap<string, Copy>;
  /** When an id without a sale was asked for. */
  readonly #unknown: BoundedMap<string, number>;
  /** When inventory last did not answer, or not soon. */
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

  /** Copies and unknown ids that are remembered. */
  get size(): number {
    return this.#copies.size + this.#unknown.size;
  }

  /** A copy that needs no reading, if there is one. */
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

  /** Changes a sale and takes over what inventory stored. Readings that are under way meanwhile do not undo it. */
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
      return Promise.reject(new InventoryUnavailableError('too many unknown sales are asked for at once'));
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

  /** Reads what is in use and older than half of its time, so that all of it is due together from then on. */
  #refreshOthers(): void {
    const dueAfterMs = this.#options.freshForMs / 2;
    if (this.#since(this.#refreshedAt) < dueAfterMs) return;
    this.#refreshedAt = this.#options.clock.now();
    for (const [saleId, copy] of this.#copies.entries()) {
      if (!copy.used || this.#since(copy.askedAt) < dueAfterMs) continue;
      if (this.#reading.has(saleId) || this.#hasJustFailed(saleId)) continue;
      // Nobody waits for it: whoever asks later finds out, and asks again.
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
   * Keeps what was brought, unless what is kept is later. Of a change and a reading that were under way at the same time
   * (readings of one sale never are) the higher version is the later one, and a sale is later than none. Otherwise
   * versions say nothing, since they begin anew when a sale is purged and made again.
   * @returns what is kept then
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

  /** ms between a moment and now. */
  #since(moment: number): number {
    return this.#options.clock.now() - moment;
  }

  /** What `reading` brings soon, otherwise `copy`. A sale that is gone, and a defect, count as brought. */
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
