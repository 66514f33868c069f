import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { inventoryV1, purchaseV1 } from '@seckill/contracts';
import { checkResult, type DecideResult, type Purchase } from './purchase.js';

/** Pattern of purchases; the tag of their messages. */
export const PURCHASE_PATTERN = 'purchase';

/** Payloads of the pattern at the gateway: asks with a `Purchase`, is answered with a `DecideResult`. */
export const askingSerializer = {
  serialize: (purchase: Purchase): Buffer => encoded(purchaseV1.Purchase, purchase),

  /** @throws PurchaseProtocolError if this version does not understand it */
  deserialize(bytes: Buffer): DecideResult {
    const decided = inventoryV1.DecideResult.decode(bytes);
    checkResult(decided);
    return decided;
  },
};

/** Payloads of the pattern at seckill-service: is asked with a `Purchase`, answers with a `DecideResult`. */
export const answeringSerializer = {
  serialize: (decided: DecideResult): Buffer => encoded(inventoryV1.DecideResult, decided),
  deserialize: (bytes: Buffer): Purchase => purchaseV1.Purchase.decode(bytes),
};

/** Kept, because its buffer costs more than what is written into it. */
let writer = new BinaryWriter();

function encoded<T>(type: { encode(message: T, writer: BinaryWriter): BinaryWriter }, message: T): Buffer {
  try {
    const { buffer, byteOffset, length } = type.encode(message, writer).finish();
    return Buffer.from(buffer, byteOffset, length);
  } catch (error) {
    // It may hold half a message.
    writer = new BinaryWriter();
    throw error;
  }
}
