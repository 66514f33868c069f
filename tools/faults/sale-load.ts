import { Buyers, uniqueSaleId, type Bought, type Storm } from '@tools/load';
import { userToken, type System } from '@tools/testbed';
import { Random } from './random.js';

/** A sale of a case. */
interface Item {
  readonly saleId: string;
  readonly total: number;
  readonly perUserLimit: number;
  /** Its share of all arrivals. */
  readonly share: number;
}

interface PlannedPurchase {
  readonly item: Item;
  readonly userId: string;
  readonly quantity: number;
  readonly key: string | undefined;
  readonly style: Pick<Storm, 'prefer' | 'whenPending'>;
}

const TICK_MS = 10;

/** Buyers that are under way at once; others come only when some of them are through. */
const CROWD = 200;

/** ms between two tries or questions of a buyer, varied by half: no more of a storm than a page that says "please wait". */
const PAUSE_MS = 500;

/** Asked again at the end, each with its key. */
const ASKED_AGAIN = 100;

/**
 * Buyers who come at a steady rate, whatever becomes of those before them, to a hot sale and some small ones. Some
 * come twice, some want more than they may have, some have no key, some do not wait.
 */
export class SaleLoad {
  readonly #random: Random;
  readonly #items: readonly Item[];
  readonly #crowd: Buyers;
  readonly #purchases: PlannedPurchase[] = [];
  readonly #under: Promise<Bought[]>[] = [];
  readonly #settleMs: number;
  #underWay = 0;

  /** @param settleMs for how long a buyer continues after the last arrival */
  constructor(
    system: System,
    seed: number,
    private readonly rate: number,
    private readonly seconds: number,
    settleMs: number,
  ) {
    this.#random = new Random(seed + 1);
    this.#settleMs = settleMs;
    const expected = rate * seconds;
    const item = (name: string, share: number, total: number, perUserLimit: number): Item => ({
      saleId: uniqueSaleId(name),
      share,
      total: Math.max(1, Math.round(total)),
      perUserLimit,
    });
    this.#items = [
      item('hot', 0.5, expected * 0.2, 2),
      item('plenty', 0.2, expected, 2),
      // So many that each of two inventories is the home of some, whatever their random ids.
      ...Array.from({ length: 30 }, (_, i) => item(`small-${i}`, 0.01, 1 + (i % 6) * 2, 1 + (i % 3))),
    ];
    this.#crowd = new Buyers({
      gateways: system.gateways,
      token: userToken,
      // An arrival never waits for a connection.
      connections: 2 * CROWD,
      random: this.#random.next,
    });
  }

  get saleIds(): string[] {
    return this.#items.map(({ saleId }) => saleId);
  }

  /** Purchases that were begun. */
  get requests(): number {
    return this.#purchases.length;
  }

  /** Opens the sales. */
  async open(system: System): Promise<void> {
    await Promise.all(this.#items.map(({ saleId, ...terms }) => system.putSale(saleId, terms)));
  }

  /** Lets buyers come until the time is over. */
  async run(signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const ms = this.seconds * 1_000;
    for (;;) {
      const passed = performance.now() - started;
      if (passed > ms || signal.aborted) return;
      const due = (passed / 1_000) * this.rate;
      while (this.#purchases.length < due && this.#underWay < CROWD) this.#arrive(ms - passed, signal);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  /**
   * Waits until every outcome is known, within a bound; repeats some requests with the same key, and lists.
   * @returns how many are pending all the same
   */
  async settle(signal: AbortSignal): Promise<number> {
    await Promise.all(this.#under);
    const pending = await this.#crowd.settle({ deadlineMs: this.#settleMs, pauseMs: PAUSE_MS, signal });
    const asked = this.#purchases.filter(({ key }) => key !== undefined).slice(-ASKED_AGAIN);
    await Promise.all(asked.map((purchase) => this.#purchase(purchase, 30_000, signal)));
    const whose = asked.map(({ item: { saleId }, userId }) => ({ saleId, userId }));
    await this.#crowd.listAll(whose, { signal, deadlineMs: 30_000 });
    return pending;
  }

  history() {
    return this.#crowd.history(this.saleIds);
  }

  close(): void {
    this.#crowd.close();
  }

  #arrive(leftMs: number, signal: AbortSignal): void {
    const random = this.#random;
    const earlier = this.#purchases.length > 20 && random.chance(0.05);
    const purchase = earlier ? random.pick(this.#purchases.slice(-20)) : this.#newPurchase();
    this.#purchases.push(purchase);
    this.#underWay++;
    const bought = this.#purchase(purchase, leftMs + this.#settleMs, signal).finally(() => this.#underWay--);
    this.#under.push(bought);
  }

  #newPurchase(): PlannedPurchase {
    const random = this.#random;
    let point = random.next();
    const item = this.#items.find(({ share }) => (point -= share) < 0) ?? this.#items[0]!;
    const chance = random.next();
    return {
      item,
      userId: `buyer-${random.whole(1, Math.ceil(this.rate * this.seconds * 0.7))}`,
      quantity: random.chance(0.85) ? 1 : 2,
      key: random.chance(0.9) ? `key-${this.#purchases.length}` : undefined,
      style: chance < 0.1 ? { prefer: 'respond-async' } : chance < 0.25 ? { whenPending: 'repeat' } : {},
    };
  }

  #purchase(
    { item, userId, quantity, key, style }: PlannedPurchase,
    deadlineMs: number,
    signal: AbortSignal,
  ) {
    return this.#crowd.storm({
      saleId: item.saleId,
      userIds: [userId],
      quantity,
      key: key === undefined ? 'none' : () => key,
      deadlineMs,
      pauseMs: PAUSE_MS,
      signal,
      ...style,
    });
  }
}
