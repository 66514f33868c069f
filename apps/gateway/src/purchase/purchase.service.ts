import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@seckill/clock';
import type { PurchaseQuery, PurchaseState, Sale } from '@seckill/inventory-client';
import type { Outcome, Purchase } from '@seckill/purchase';
import { AdmissionState } from '../lifecycle/admission-state.js';
import { INVENTORY, type Inventory } from '../sale/inventory.js';
import { SaleCopies } from '../sale/sale-copies.js';
import { HeldRequests, TOO_MANY } from './held-requests.js';
import { PURCHASES, type PurchaseQueue, type QueueAnswer } from './purchase-queue.js';
import type { PurchaseBody } from './purchase.schema.js';
import { derivedRequestId, RequestIds } from './request-id.js';

/** What one buyer asks for: a purchase before it is accepted. */
export interface PurchaseCommand extends PurchaseBody {
  saleId: string;
  userId: string;
  idempotencyKey: string | undefined;
  /** How long the buyer waits, ms; 0: does not wait. */
  waitMs: number;
}

/** The answer to the buyer. */
export type PurchaseAnswer =
  /** Stored, and final. */
  | { kind: 'outcome'; outcome: Outcome }
  /** Sent, or possibly sent. */
  | { kind: 'pending'; purchase: Purchase }
  /** Refused by the gateway; nothing is stored, nothing was sent. */
  | { kind: 'refused-early'; reason: 'not_started' | 'ended'; requestId: string; sale: Sale }
  | { kind: 'mismatch'; requestId: string }
  | { kind: 'unknown-sale' }
  /** Certainly not sent. */
  | { kind: 'unavailable'; requestId?: string; detail: string }
  /** The buyer is gone. */
  | { kind: 'withdrawn' };

/** How purchases are timed. */
export interface PurchaseTimes {
  /** Stamps when a purchase was accepted: a clock that the ledger's clock corrects. */
  clock: Clock;
  /** For how long a request may be decided after it was accepted, ms. */
  decideWithinMs: number;
}

/** What a query without a signed Location leaves open. */
const NOT_KNOWN = { decideByMs: 0, quantity: 0 };

/** Injection token of the PurchaseTimes. */
export const PURCHASE_TIMES = Symbol('PURCHASE_TIMES');

/**
 * Accepts purchases: checks what a gateway can know, sends them to be decided, and waits. Inventory alone decides about
 * stock and limits.
 */
@Injectable()
export class PurchaseService {
  constructor(
    @Inject(PURCHASES) private readonly queue: PurchaseQueue,
    @Inject(INVENTORY) private readonly inventory: Inventory,
    @Inject(PURCHASE_TIMES) private readonly times: PurchaseTimes,
    private readonly sales: SaleCopies,
    private readonly admission: AdmissionState,
    private readonly held: HeldRequests,
    private readonly ids: RequestIds,
  ) {}

  /**
   * @param onLeave receives the callback for when the buyer goes away
   * @throws InventoryUnavailableError when the sale or an earlier outcome must be read and cannot be
   */
  async buy(command: PurchaseCommand, onLeave: (withdraw: () => void) => void): Promise<PurchaseAnswer> {
    if (!this.admission.takesPurchases)
      return { kind: 'unavailable', detail: 'this gateway does not accept purchases yet' };
    if (!this.held.enter()) return { kind: 'unavailable', detail: TOO_MANY };
    try {
      const { saleId } = command;
      const sale = this.sales.fresh(saleId) ?? (await this.sales.atHand(saleId));
      return sale ? await this.#buyIn(sale, command, onLeave) : { kind: 'unknown-sale' };
    } finally {
      this.held.leave();
    }
  }

  async #buyIn(
    sale: Sale,
    command: PurchaseCommand,
    onLeave: (withdraw: () => void) => void,
  ): Promise<PurchaseAnswer> {
    const { saleId, userId, quantity, idempotencyKey } = command;
    const { clock, decideWithinMs } = this.times;
    const requestId =
      idempotencyKey === undefined ? this.ids.next() : derivedRequestId(userId, saleId, idempotencyKey);
    const acceptedAtMs = clock.now();
    const isOutside = acceptedAtMs < sale.terms.opensAt || acceptedAtMs >= sale.terms.closesAt;
    // An old copy may let requests in, but never refuse them for good: the sale's window may have changed.
    if (isOutside && this.sales.fresh(saleId) !== sale)
      return {
        kind: 'unavailable',
        requestId,
        detail: 'it is not known right now whether the sale is open; retry',
      };
    if (acceptedAtMs < sale.terms.opensAt)
      return { kind: 'refused-early', reason: 'not_started', requestId, sale };
    if (acceptedAtMs >= sale.terms.closesAt) {
      const answer = await this.#afterClosing(command, requestId, acceptedAtMs, sale);
      if (answer) return answer;
    }
    const decideByMs = acceptedAtMs + decideWithinMs;
    const purchase: Purchase = { requestId, saleId, userId, quantity, acceptedAtMs, decideByMs };
    return toAnswer(await this.#send(purchase, command.waitMs, onLeave), purchase);
  }

  /**
   * The answer after the sale has closed; undefined when only inventory can give one.
   *
   * A new request id is refused at once. With an Idempotency-Key the id may have been used before: then the stored
   * outcome is the answer. While an earlier attempt may still be pending, "ended" might turn out wrong, so the request
   * is sent to inventory, which stores the one outcome that both attempts get.
   */
  async #afterClosing(
    { saleId, userId, quantity, idempotencyKey }: PurchaseCommand,
    requestId: string,
    now: number,
    sale: Sale,
  ): Promise<PurchaseAnswer | undefined> {
    const refused: PurchaseAnswer = { kind: 'refused-early', reason: 'ended', requestId, sale };
    if (idempotencyKey === undefined) return refused;
    const known = await this.inventory.getPurchase({ requestId, saleId, userId, ...NOT_KNOWN });
    if (known?.outcome) return stored(known.outcome, quantity);
    return now < sale.terms.closesAt + this.times.decideWithinMs ? undefined : refused;
  }

  async #send(
    purchase: Purchase,
    waitMs: number,
    onLeave: (withdraw: () => void) => void,
  ): Promise<QueueAnswer | { kind: 'sent' }> {
    if (waitMs === 0) return this.queue.post(purchase);
    const held = this.queue.submit(purchase, waitMs);
    onLeave(() => held.withdraw());
    return held.answer;
  }

  /**
   * One request of one user; undefined when there is none.
   * @param signed what a signed Location says about it
   * @throws InventoryUnavailableError
   */
  find(
    request: Pick<Purchase, 'saleId' | 'requestId' | 'userId'>,
    signed: PurchaseQuery | undefined,
  ): Promise<PurchaseState | undefined> {
    return this.inventory.getPurchase(signed ?? { ...request, ...NOT_KNOWN });
  }

  /** The requests of one user in one sale, newest first; undefined when there is no such sale. */
  async list(saleId: string, userId: string): Promise<Outcome[] | undefined> {
    const sale = await this.sales.atHand(saleId);
    return sale && this.inventory.listPurchases(saleId, userId);
  }
}

/** A key stands for one body: with another quantity it was reused. */
function stored(outcome: Outcome, quantity: number): PurchaseAnswer {
  return outcome.quantity === quantity
    ? { kind: 'outcome', outcome }
    : { kind: 'mismatch', requestId: outcome.requestId };
}

function toAnswer(answer: QueueAnswer | { kind: 'sent' }, purchase: Purchase): PurchaseAnswer {
  const { requestId } = purchase;
  switch (answer.kind) {
    case 'sent':
    case 'unanswered':
      return { kind: 'pending', purchase };
    case 'not-sent':
      return { kind: 'unavailable', requestId, detail: 'the purchase was not sent; repeat it' };
    case 'withdrawn':
      return answer;
    case 'decided': {
      const { $case, value } = answer.decided;
      return $case === 'outcome' ? { kind: 'outcome', outcome: value } : { kind: 'mismatch', requestId };
    }
  }
}
