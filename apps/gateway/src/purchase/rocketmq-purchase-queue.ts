import { PURCHASE_PATTERN, type PurchaseReply, type PurchaseRequest } from '@seckill/inventory-client';
import { RequestError, RocketMqRecordBuilder, type RocketMqClient } from '@seckill/messaging';
import { Logger } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { HeldPurchase, PurchaseQueue, QueueAnswer, QueuedPurchase } from './purchase-queue.js';

/** What of the messaging client is used. */
export type PurchaseSender = Pick<RocketMqClient, 'send' | 'emit'>;

/** Purchases through RocketMQ, answered straight to this process. */
export class RocketMqPurchaseQueue implements PurchaseQueue {
  readonly #log = new Logger('purchases');

  constructor(private readonly client: PurchaseSender) {}

  submit(purchase: QueuedPurchase, waitMs: number): HeldPurchase {
    let settle!: (answer: QueueAnswer) => void;
    const answer = new Promise<QueueAnswer>((resolve) => (settle = resolve));
    const record = recordOf(purchase).setTimeout(waitMs).build();
    let answered = false;
    const subscription = this.client.send<PurchaseReply>(PURCHASE_PATTERN, record).subscribe({
      next: (reply) => {
        answered = true;
        settle(reply);
      },
      error: (error: unknown) => {
        settle(answerOf(error) ?? this.#unclear(purchase, String(error)));
      },
      complete: () => {
        if (!answered) settle(this.#unclear(purchase, 'the handler returned nothing'));
      },
    });
    const withdraw = () => {
      subscription.unsubscribe();
      settle({ kind: 'withdrawn' });
    };
    return { answer, withdraw };
  }

  /** Sent, and answered with something that is no outcome: what is stored, or will be, is not known here. */
  #unclear({ requestId, request }: QueuedPurchase, reason: string): QueueAnswer {
    this.#log.error('a purchase is told as pending', { requestId, saleId: request.saleId, reason });
    return { kind: 'unanswered' };
  }

  async post(purchase: QueuedPurchase): ReturnType<PurchaseQueue['post']> {
    try {
      await lastValueFrom(this.client.emit<void>(PURCHASE_PATTERN, recordOf(purchase).build()), {
        defaultValue: undefined,
      });
      return { kind: 'sent' };
    } catch (error) {
      const known = answerOf(error);
      if (known?.kind === 'not-sent' || known?.kind === 'unanswered') return known;
      throw error;
    }
  }
}

function recordOf({ requestId, request }: QueuedPurchase): RocketMqRecordBuilder<PurchaseRequest> {
  const expiryMs = request.decideBy - request.acceptedAt;
  return new RocketMqRecordBuilder(request).setRequestId(requestId).setExpiry(expiryMs);
}

/** What a failure says about the purchase; undefined when it says nothing: a defect. */
function answerOf(error: unknown): QueueAnswer | undefined {
  if (!(error instanceof RequestError)) return undefined;
  switch (error.kind) {
    case 'not-sent':
      return { kind: 'not-sent' };
    case 'closed':
      return { kind: 'certain' in error && error.certain === true ? 'not-sent' : 'unanswered' };
    case 'refused':
      return undefined;
    default:
      return { kind: 'unanswered' };
  }
}
