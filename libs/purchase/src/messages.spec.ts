import { describe, expect, it } from '@jest/globals';
import { inventoryV1 as v1 } from '@seckill/contracts';
import { PurchaseProtocolError } from './errors.js';
import { exampleOutcome, examplePurchase } from './examples.js';
import { answeringSerializer, askingSerializer } from './messages.js';
import { DECISIONS, type DecideResult } from './purchase.js';

const bytesOf = (result: v1.DecideResult['result']) =>
  Buffer.from(v1.DecideResult.encode({ result }).finish());

describe('the messages of a purchase', () => {
  it('carry every field of a purchase', () => {
    const purchase = examplePurchase({ userId: 'ü' });
    expect(Object.values(purchase)).not.toContain(undefined);
    expect(answeringSerializer.deserialize(askingSerializer.serialize(purchase))).toEqual(purchase);
  });

  it.each(DECISIONS)('carry every field of an outcome that is %s', (decision) => {
    const decided: DecideResult = { result: { $case: 'outcome', value: exampleOutcome({ decision }) } };
    expect(askingSerializer.deserialize(answeringSerializer.serialize(decided))).toEqual(decided);
  });

  it('tell a mismatch', () => {
    const decided: DecideResult = { result: { $case: 'mismatch', value: {} } };
    expect(askingSerializer.deserialize(answeringSerializer.serialize(decided))).toEqual(decided);
  });

  it('are refused without a result, and with a decision that is not known here', () => {
    expect(() => askingSerializer.deserialize(Buffer.alloc(0))).toThrow(/without a result/);
    const later = bytesOf({ $case: 'outcome', value: { ...exampleOutcome(), decision: 'unrecognized' } });
    expect(() => askingSerializer.deserialize(later)).toThrow(PurchaseProtocolError);
  });

  it('are whole again after one that could not be written', () => {
    const broken = examplePurchase({ quantity: -1 });
    expect(() => askingSerializer.serialize(broken)).toThrow(/invalid uint32/);
    const purchase = examplePurchase();
    expect(answeringSerializer.deserialize(askingSerializer.serialize(purchase))).toEqual(purchase);
  });
});
