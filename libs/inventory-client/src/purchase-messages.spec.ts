import { describe, expect, it } from '@jest/globals';
import { DECISIONS } from './types.js';
import { answeringSerializer, askingSerializer, type PurchaseReply } from './purchase-messages.js';

describe('the messages of a purchase', () => {
  it('ask for what was asked for', () => {
    const request = {
      saleId: 's',
      userId: 'ü',
      quantity: 3,
      acceptedAt: 1_795_300_000_000,
      decideBy: 1_795_300_060_000,
    };
    expect(answeringSerializer.deserialize(askingSerializer.serialize(request))).toEqual(request);
  });

  it.each(DECISIONS)('answer with the outcome %s', (decision) => {
    const outcome = { requestId: 'r', saleId: 's', quantity: 1, decision, decidedAt: 1_795_300_000_000 };
    const reply: PurchaseReply = { kind: 'outcome', outcome: { ...outcome, existingRequestId: 'e' } };
    expect(askingSerializer.deserialize(answeringSerializer.serialize(reply))).toEqual(reply);
  });

  it('answer with a mismatch, and refuse an answer that says nothing', () => {
    expect(askingSerializer.deserialize(answeringSerializer.serialize({ kind: 'mismatch' }))).toEqual({
      kind: 'mismatch',
    });
    expect(() => askingSerializer.deserialize(Buffer.alloc(0))).toThrow(/without a result/);
  });
});
