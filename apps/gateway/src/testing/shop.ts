import type { Clock } from '@seckill/clock';
import { blankPurchase, type Decided, type Decision, type Outcome, type Purchase } from '@seckill/purchase';
import {
  InventoryUnavailableError,
  SaleChangeRefusedError,
  type Ledger,
  type PurchaseQuery,
  type PurchaseState,
  type Sale,
  type SaleChange,
  type SaleChanged,
  type SaleReading,
} from '@seckill/inventory-client';
import type { Inventory } from '../sale/inventory.js';

/** Inventory in memory, for tests: the same rules in their simplest form. */
export class Shop implements Inventory {
  readonly #sales = new Map<string, Sale>();
  readonly #outcomes = new Map<string, Outcome>();
  /** Whether it can be reached. */
  reachable = true;
  /** How often a sale was read. */
  saleReads = 0;

  constructor(private readonly clock: Clock) {}

  /** Decides a purchase, or returns what was decided before; undefined when there is no such sale. */
  decide(purchase: Purchase): Exclude<Decided, { $case: 'refusal' }> | undefined {
    const { requestId, saleId, userId, quantity } = purchase;
    const sale = this.#sales.get(saleId);
    if (!sale) return undefined;
    const before = this.#outcomes.get(requestId);
    if (before && (before.userId !== userId || before.quantity !== quantity))
      return { $case: 'mismatch', value: {} };
    return { $case: 'outcome', value: before ?? this.#store(sale, purchase) };
  }

  async getPurchase(query: PurchaseQuery): Promise<PurchaseState | undefined> {
    this.#reach();
    const { requestId, saleId, userId, decideByMs } = query;
    const stored = this.#outcomes.get(requestId);
    if (stored) {
      const mine = stored.userId === userId && stored.saleId === saleId;
      return mine ? { outcome: stored } : undefined;
    }
    if (decideByMs === 0) return undefined;
    if (decideByMs >= this.clock.now()) return { outcome: undefined };
    return { outcome: this.#keep({ ...blankPurchase(), ...query }, 'lapsed') };
  }

  async listPurchases(saleId: string, userId: string): Promise<Outcome[]> {
    this.#reach();
    return this.#of(saleId, userId).toReversed();
  }

  async getSale(saleId: string): Promise<SaleReading | undefined> {
    this.saleReads++;
    this.#reach();
    const sale = this.#sales.get(saleId);
    return sale && { sale: { ...sale }, readAt: this.clock.now() };
  }

  async putSale({ saleId, terms, ifMatch, mustExist, mustNotExist }: SaleChange): Promise<SaleChanged> {
    this.#reach();
    const before = this.#sales.get(saleId);
    const refuse = (reason: SaleChangeRefusedError['reason']) => {
      throw new SaleChangeRefusedError(saleId, reason, `refused: ${reason}`);
    };
    if (mustNotExist && before) refuse('sale-exists');
    if (mustExist && !before) refuse('sale-missing');
    if (ifMatch && !ifMatch.includes(before?.version ?? -1)) refuse('version-mismatch');
    const taken = (before?.reserved ?? 0) + (before?.sold ?? 0);
    if (terms.total < taken) refuse('total-below-sold');
    if (before && before.terms.opensAt <= this.clock.now()) {
      if (terms.opensAt !== before.terms.opensAt) refuse('opens-at-frozen');
      if (terms.perUserLimit < before.terms.perUserLimit) refuse('limit-lowered');
    }
    const { reserved = 0, sold = 0, version = 0 } = before ?? {};
    const same = before !== undefined && JSON.stringify(before.terms) === JSON.stringify(terms);
    const next = { saleId, terms, available: terms.total - taken, reserved, sold };
    const sale: Sale = { ...next, version: same ? version : version + 1 };
    this.#sales.set(saleId, sale);
    return { sale: { ...sale }, created: !before };
  }

  async getLedger(saleId: string): Promise<Ledger | undefined> {
    this.#reach();
    const sale = this.#sales.get(saleId);
    if (!sale) return undefined;
    const counts: Ledger['counts'] = {};
    for (const { decision, quantity } of this.#of(saleId)) {
      const { requests = 0, units = 0 } = counts[decision] ?? {};
      counts[decision] = { requests: requests + 1, units: units + quantity };
    }
    return { sale: { ...sale }, counts };
  }

  #reach(): void {
    if (!this.reachable) throw new InventoryUnavailableError('closed for a test');
  }

  #of(saleId: string, userId?: string): Outcome[] {
    const all = [...this.#outcomes.values()];
    return all.filter((o) => o.saleId === saleId && (userId === undefined || o.userId === userId));
  }

  #store(sale: Sale, purchase: Purchase): Outcome {
    const mine = this.#of(purchase.saleId, purchase.userId).filter(({ decision }) => decision === 'reserved');
    const decision = this.#judge(sale, purchase, mine);
    if (decision === 'reserved') {
      sale.available -= purchase.quantity;
      sale.reserved += purchase.quantity;
    }
    const existing = decision === 'limit_reached' ? mine.at(-1)?.requestId : undefined;
    return this.#keep(purchase, decision, existing);
  }

  #keep(purchase: Purchase, decision: Decision, existingRequestId = ''): Outcome {
    const { acceptedAtMs: _, decideByMs: __, ...rest } = purchase;
    const outcome: Outcome = { ...rest, decision, decidedAtMs: this.clock.now(), existingRequestId };
    this.#outcomes.set(outcome.requestId, outcome);
    return outcome;
  }

  #judge({ terms, available }: Sale, purchase: Purchase, mine: Outcome[]): Decision {
    const { quantity, acceptedAtMs, decideByMs } = purchase;
    const has = mine.reduce((sum, outcome) => sum + outcome.quantity, 0);
    if (this.clock.now() > decideByMs) return 'lapsed';
    if (acceptedAtMs < terms.opensAt) return 'not_started';
    if (acceptedAtMs >= terms.closesAt) return 'ended';
    if (has + quantity > terms.perUserLimit) return 'limit_reached';
    return quantity > available ? 'sold_out' : 'reserved';
  }
}
