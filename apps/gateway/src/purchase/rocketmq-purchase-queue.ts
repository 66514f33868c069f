import { RequestError, RocketMqRecordBuilder, type RocketMqClient } from '@seckill/messaging';
import { PURCHASE_PATTERN, type DecideResult, type Purchase } from '@seckill/purchase';
import { Logger } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import type { HeldPurchase, PurchaseQueue, QueueAnswer } from './purchase-queue.js';

/** The part of the messaging client in use. */
export type PurchaseSender = Pick<RocketMqClient, 'send' | 'emit'>;

/** Purchases through RocketMQ, answered directly to this process. */
export class RocketMqPurchaseQueue implements PurchaseQueue {
  readonly #log = new Logger('purchases');

  constructor(private readonly client: PurchaseSender) {}

  submit(purchase: Purchase, waitMs: number): HeldPurchase {
    let settle!: (answer: QueueAnswer) => void;
    const answer = new Promise<QueueAnswer>((resolve) => (settle = resolve));
    const record = recordOf(purchase).setTimeout(waitMs).build();
    let answered = false;
    const subscription = this.client.send<DecideResult>(PURCHASE_PATTERN, record).subscribe({
      next: ({ result }) => {
        answered = true;
        const isRefusal = result.$case === 'refusal';
        settle(
          isRefusal ? this.#unclear(purchase, result.value.message) : { kind: 'decided', decided: result },
        );
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

  /** Sent, and answered without an outcome: what is or will be stored is not known here. */
  #unclear({ requestId, saleId }: Purchase, reason: string): QueueAnswer {
    this.#log.error('purchase answered without an outcome, reported as pending', {
      requestId,
      saleId,
      reason,
    });
    return { kind: 'unanswered' };
  }

  async post(purchase: Purchase): ReturnType<PurchaseQueue['post']> {
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

function recordOf(purchase: Purchase): RocketMqRecordBuilder<Purchase> {
  const { requestId, decideByMs } = purchase;
  return new RocketMqRecordBuilder(purchase).setRequestId(requestId).setExpiresAtMs(decideByMs);
}

/** What a failure means for the purchase; undefined for a defect. */
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
