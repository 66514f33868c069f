import { describe, expect, it } from '@jest/globals';
import { InventoryUnavailableError, type InventoryClient } from '@seckill/inventory-client';
import { UnavailableError, UnprocessableError, type RocketMqContext } from '@seckill/messaging';
import { exampleOutcome, examplePurchase, type Decided, type Purchase } from '@seckill/purchase';
import { PurchaseController } from './purchase.controller.js';

const stored: Decided = { $case: 'outcome', value: exampleOutcome() };

/** A controller whose inventory answers every purchase with `answer`. */
function answering(answer: () => Promise<Decided>) {
  const asked: Purchase[] = [];
  const decide = async (purchase: Purchase) => {
    asked.push({ ...purchase });
    return { result: await answer() };
  };
  const controller = new PurchaseController({ decide } as unknown as InventoryClient);
  const purchase = (sent: Purchase, requestId = sent.requestId) =>
    controller.purchase(sent, { requestId } as RocketMqContext);
  return { asked, purchase };
}

describe('a purchase from the queue', () => {
  it('passes through as it is, and so does its outcome', async () => {
    const { asked, purchase } = answering(async () => stored);
    const sent = examplePurchase();
    expect(await purchase(sent)).toEqual({ result: stored });
    expect(asked).toEqual([sent]);
  });

  it('has the request id of its envelope when it comes from an older gateway, which names none in it', async () => {
    const { asked, purchase } = answering(async () => stored);
    await purchase(examplePurchase({ requestId: '' }), 'of the envelope');
    expect(asked).toMatchObject([{ requestId: 'of the envelope' }]);
  });

  // Decided under its own id, its buyer would have been answered with the outcome of another request.
  it('is refused, and not decided, when its envelope names another request', async () => {
    const { asked, purchase } = answering(async () => stored);
    await expect(purchase(examplePurchase(), 'another')).rejects.toThrow(UnprocessableError);
    expect(asked).toEqual([]);
  });

  it('answers with a mismatch', async () => {
    const mismatch: Decided = { $case: 'mismatch', value: {} };
    expect(await answering(async () => mismatch).purchase(examplePurchase())).toEqual({ result: mismatch });
  });

  it('can never be decided when inventory refuses it', async () => {
    const value = { reason: 'unknown_sale', message: 'there is no such sale' } as const;
    const failed = answering(async () => ({ $case: 'refusal', value })).purchase(examplePurchase());
    await expect(failed).rejects.toThrow(UnprocessableError);
    await expect(failed).rejects.toMatchObject({ code: 'UNKNOWN_SALE', message: value.message });
  });

  it('waits while inventory is unavailable, and fails on anything else', async () => {
    const failing = (error: Error) => answering(() => Promise.reject(error)).purchase(examplePurchase());
    await expect(failing(new InventoryUnavailableError('no'))).rejects.toThrow(UnavailableError);
    await expect(failing(new TypeError('defect'))).rejects.toThrow(TypeError);
  });
});
