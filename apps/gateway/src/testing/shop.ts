import type { Clock } from '@seckill/clock';
import type { Decision, PurchaseReply, PurchaseRequest } from '@seckill/inventory-client';
import {
  InventoryUnavailableError,
  SaleChangeRefusedError,
  type Ledger,
  type Outcome,
  type PurchaseQuery,
  type PurchaseState,
  type Sale,
  type SaleChange,
  type SaleChanged,
  type SaleReading,
} from '@seckill/inventory-client';
import type { Inventory } from '../sale/inventory.js';

/** Inventory in memory, for tests: the same rules in the plainest words. */
export class Shop implements Inventory {
  readonly #sales = new Map<string, Sale>();
  readonly #outcomes = new Map<string, Outcome>();
  /** Whether it can be reached. */
  reachable = true;
  /** How often a sale was read. */
  saleReads = 0;

  constructor(private readonly clock: Clock) {}

  /** Decides a purchase, or says what was decided before; undefined when there is no such sale. */
  decide(requestId: string, request: PurchaseRequest): PurchaseReply | undefined {
    const { saleId, userId, quantity } = request;
    const sale = this.#sales.get(saleId);
    if (!sale) return undefined;
    const before = this.#outcomes.get(requestId);
    if (before && (before.userId !== userId || before.quantity !== quantity)) return { kind: 'mismatch' };
    return { kind: 'outcome', outcome: before ?? this.#store(sale, requestId, request) };
  }

  async getPurchase(query: PurchaseQuery): Promise<PurchaseState | undefined> {
    this.#reach();
    const { requestId, saleId, userId, decideUntil, quantity = 0 } = query;
    const stored = this.#outcomes.get(requestId);
    if (stored) {
      const mine = stored.userId === userId && stored.saleId === saleId;
      return mine ? { kind: 'outcome', outcome: stored } : undefined;
    }
    if (decideUntil === undefined) return undefined;
    if (decideUntil >= this.clock.now()) return { kind: 'pending' };
    const decidedAt = this.clock.now();
    const outcome: Outcome = { requestId, saleId, userId, quantity, decision: 'lapsed', decidedAt };
    this.#outcomes.set(requestId, outcome);
    return { kind: 'outcome', outcome };
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

  #store(sale: Sale, requestId: string, request: PurchaseRequest): Outcome {
    const { saleId, userId, quantity } = request;
    const mine = this.#of(saleId, userId).filter(({ decision }) => decision === 'reserved');
    const decision = this.#judge(sale, request, mine);
    if (decision === 'reserved') {
      sale.available -= quantity;
      sale.reserved += quantity;
    }
    const outcome: Outcome = { requestId, saleId, userId, quantity, decision, decidedAt: this.clock.now() };
    const existing = mine.at(-1)?.requestId;
    if (decision === 'limit_reached' && existing !== undefined) outcome.existingRequestId = existing;
    this.#outcomes.set(requestId, outcome);
    return outcome;
  }

  #judge({ terms, available }: Sale, request: PurchaseRequest, mine: Outcome[]): Decision {
    const { quantity, acceptedAt, decideBy } = request;
    const has = mine.reduce((sum, outcome) => sum + outcome.quantity, 0);
    if (this.clock.now() > decideBy) return 'lapsed';
    if (acceptedAt < terms.opensAt) return 'not_started';
    if (acceptedAt >= terms.closesAt) return 'ended';
    if (has + quantity > terms.perUserLimit) return 'limit_reached';
    return quantity > available ? 'sold_out' : 'reserved';
  }
}
