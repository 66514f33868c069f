import type {
  Decision,
  History,
  Ledger,
  LedgerOutcome,
  ObservedResponse,
  Operation,
  StockSample,
  Terms,
} from '../index.js';

/** One thing that a buyer does, and the luck that it has. */
export interface Step {
  readonly user: number;
  readonly act: 'buy' | 'read' | 'list';
  /** One of the user's keys; 0 for none. */
  readonly key: number;
  readonly quantity: number;
  /** ms since the step before. */
  readonly pause: number;
  /** ms until the shop decides; the step's own message is lost when it is above `LOST`. */
  readonly decidedAfter: number;
  /** ms until the answer, which is the outcome or pending. */
  readonly answeredAfter: number;
  readonly luck: 'answered' | 'answer lost' | 'never answered' | 'refused before the queue';
}

/** A message that takes longer never arrives. */
export const LOST = 180;
const SALE = 'phone';
const DECIDE_WITHIN = 150;

/**
 * A shop that does one thing at a time and everything rightly: the model against which the checker is tested. Plays
 * the steps, lets everything settle by asking for whatever is pending, and tells what buyers saw and what is stored.
 */
export function play(steps: readonly Step[], terms: Terms): { history: History; ledger: Ledger } {
  const shop = new SequentialShop(terms);
  const agenda: { at: number; run: () => void }[] = [];
  let now = 0;
  for (const [index, step] of steps.entries()) {
    now += step.pause;
    const invokedAt = now;
    const say = (
      operation: DistributiveOmit<Operation, keyof Exchange>,
      after: number,
      answer: () => Operation['response'],
    ) => {
      const exchange: Exchange = {
        operationId: `o${index}`,
        userId: `u${step.user}`,
        saleId: SALE,
        gateway: `g${index % 3}`,
        invokedAt,
      };
      agenda.push({
        at: invokedAt + after,
        run: () => shop.hear({ ...exchange, ...operation }, step.luck, invokedAt + after, answer),
      });
    };
    const userId = `u${step.user}`;
    if (step.act === 'list') say({ kind: 'list' }, 1, () => shop.list(userId));
    if (step.act === 'read') {
      agenda.push({
        at: invokedAt,
        run: () => {
          const requestId = shop.toldOf(userId, step.quantity);
          if (requestId) say({ kind: 'read', requestId }, 0, () => shop.read(requestId));
          agenda.sort(byTime);
        },
      });
    }
    if (step.act !== 'buy') continue;
    const idempotencyKey = step.key === 0 ? undefined : `k${step.key}`;
    const requestId = idempotencyKey === undefined ? `r${index}` : `r-${userId}-${idempotencyKey}`;
    const purchase = { requestId, userId, quantity: step.quantity, acceptedAt: invokedAt };
    const sent = step.luck !== 'refused before the queue';
    if (sent && step.decidedAfter <= LOST) {
      agenda.push({
        at: invokedAt + step.decidedAfter,
        run: () => shop.decide(purchase, invokedAt + step.decidedAfter),
      });
    }
    say({ kind: 'purchase', quantity: step.quantity, idempotencyKey }, step.answeredAfter, () =>
      sent ? shop.answer(requestId, step.quantity) : { status: 503, requestId },
    );
  }
  agenda.sort(byTime);
  for (let next = agenda.shift(); next; next = agenda.shift()) next.run();
  return shop.settle(now + 10_000);
}

const byTime = (a: { at: number }, b: { at: number }) => a.at - b.at;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Exchange = Pick<Operation, 'operationId' | 'userId' | 'saleId' | 'gateway' | 'invokedAt'> & {
  completedAt?: number;
  response?: Operation['response'];
};

interface Purchase {
  requestId: string;
  userId: string;
  quantity: number;
  acceptedAt: number;
}

class SequentialShop {
  readonly #operations: Operation[] = [];
  readonly #outcomes = new Map<string, LedgerOutcome>();
  readonly #pending = new Map<string, { userId: string; quantity: number }>();
  readonly #samples: StockSample[] = [];
  #reserved = 0;

  constructor(private readonly terms: Terms) {}

  decide({ requestId, userId, quantity, acceptedAt }: Purchase, now: number): void {
    if (this.#outcomes.has(requestId)) return;
    const mine = [...this.#outcomes.values()].filter(
      (row) => row.userId === userId && row.decision === 'reserved',
    );
    const held = mine.reduce((units, row) => units + row.quantity, 0);
    const decideBy = acceptedAt + DECIDE_WITHIN;
    const rule = (): Decision => {
      if (now > decideBy) return 'lapsed';
      if (acceptedAt < this.terms.opensAt) return 'not_started';
      if (acceptedAt >= this.terms.closesAt) return 'ended';
      if (held + quantity > this.terms.perUserLimit) return 'limit_reached';
      return quantity > this.terms.total - this.#reserved ? 'sold_out' : 'reserved';
    };
    const decision = rule();
    if (decision === 'reserved') this.#reserved += quantity;
    const existingRequestId = decision === 'limit_reached' ? mine.at(-1)?.requestId : undefined;
    const row = { requestId, saleId: SALE, userId, quantity, decision, decidedAt: now, acceptedAt, decideBy };
    this.#outcomes.set(requestId, { ...row, existingRequestId });
    this.#samples.push({ saleId: SALE, at: now, ...this.#stock(), total: this.terms.total });
  }

  hear(
    operation: DistributiveOmit<Operation, never>,
    luck: Step['luck'],
    at: number,
    answer: () => Operation['response'],
  ): void {
    if (luck === 'never answered') return void this.#operations.push(operation);
    const response = luck === 'answer lost' ? 'unknown' : answer();
    this.#operations.push({ ...operation, completedAt: at, response });
    if (typeof response !== 'object' || response.decision !== 'pending' || operation.kind !== 'purchase')
      return;
    this.#pending.set(response.requestId!, { userId: operation.userId, quantity: operation.quantity });
  }

  answer(requestId: string, quantity: number): ObservedResponse {
    const row = this.#outcomes.get(requestId);
    if (!row) return { status: 202, decision: 'pending', requestId };
    if (row.quantity !== quantity) return { status: 422, problem: 'idempotency-key-reused', requestId };
    return { status: row.decision === 'reserved' ? 201 : 409, ...told(row) };
  }

  read(requestId: string): ObservedResponse {
    const row = this.#outcomes.get(requestId);
    return { status: 200, ...(row ? told(row) : { requestId, decision: 'pending' }) };
  }

  list(userId: string): ObservedResponse {
    const mine = [...this.#outcomes.values()].filter((row) => row.userId === userId);
    return { status: 200, purchases: mine.map(told).toReversed() };
  }

  /** One of the requests that the user was told of as pending. */
  toldOf(userId: string, choice: number): string | undefined {
    const ids = [...this.#pending].filter(([, pending]) => pending.userId === userId).map(([id]) => id);
    return ids[choice % ids.length];
  }

  settle(now: number): { history: History; ledger: Ledger } {
    for (const [requestId, { userId, quantity }] of this.#pending) {
      this.decide({ requestId, userId, quantity, acceptedAt: now - 9_000 }, now);
      const exchange = { operationId: `s-${requestId}`, userId, saleId: SALE, gateway: 'g0' };
      const response = this.read(requestId);
      this.#operations.push({
        ...exchange,
        kind: 'read',
        requestId,
        invokedAt: now,
        completedAt: now + 1,
        response,
      });
    }
    const sales = [{ saleId: SALE, ...this.terms, ...this.#stock() }];
    const ledger = { sales, outcomes: [...this.#outcomes.values()], samples: this.#samples };
    return { history: { operations: this.#operations, completeSales: [SALE] }, ledger };
  }

  #stock() {
    return { available: this.terms.total - this.#reserved, reserved: this.#reserved, sold: 0 };
  }
}

function told({ requestId, decision, decidedAt, quantity, existingRequestId }: LedgerOutcome) {
  return { requestId, decision, decidedAt, quantity, existingRequestId };
}
