import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { purchaseV1 as v1 } from '@seckill/contracts';
import { InventoryProtocolError } from './errors.js';
import type { Outcome, Purchase, PurchaseOutcome } from './types.js';
import { fromWireOutcome, toWireOutcome } from './wire.js';

/** Pattern of purchase requests; the tag of their messages. */
export const PURCHASE_PATTERN = 'purchase';

/** What gateways ask seckill-service for. The request id travels beside it, as the identity of the request. */
export type PurchaseRequest = Omit<Purchase, 'requestId'>;

/** What seckill-service answers. */
export type PurchaseReply =
  | { kind: 'outcome'; outcome: PurchaseOutcome }
  /** The request id belongs to a purchase of another quantity: the idempotency key was used again. */
  | { kind: 'mismatch' };

/** An outcome without what its buyer need not be told. */
export function toPurchaseOutcome(outcome: Outcome): PurchaseOutcome {
  const { requestId, saleId, quantity, decision, decidedAt, existingRequestId } = outcome;
  const seen: PurchaseOutcome = { requestId, saleId, quantity, decision, decidedAt };
  if (existingRequestId !== undefined) seen.existingRequestId = existingRequestId;
  return seen;
}

/** Payloads of the pattern at the asking end. */
export const askingSerializer = {
  serialize: ({ saleId, userId, quantity, acceptedAt, decideBy }: PurchaseRequest): Buffer =>
    encoded(v1.PurchaseRequest, {
      saleId,
      userId,
      quantity,
      acceptedAtMs: acceptedAt,
      decideByMs: decideBy,
    }),

  /** @throws InventoryProtocolError if it makes no sense */
  deserialize(reply: Buffer): PurchaseReply {
    const { result } = v1.PurchaseReply.decode(reply);
    switch (result?.$case) {
      case 'outcome':
        return { kind: 'outcome', outcome: toPurchaseOutcome(fromWireOutcome(result.value)) };
      case 'mismatch':
        return { kind: 'mismatch' };
      case undefined:
        throw new InventoryProtocolError('seckill-service answered without a result');
    }
  },
};

/** Payloads of the pattern at the answering end. */
export const answeringSerializer = {
  serialize(reply: PurchaseReply): Buffer {
    const result: v1.PurchaseReply['result'] =
      reply.kind === 'mismatch'
        ? { $case: 'mismatch', value: {} }
        : { $case: 'outcome', value: toWireOutcome(reply.outcome) };
    return encoded(v1.PurchaseReply, { result });
  },

  deserialize(request: Buffer): PurchaseRequest {
    const { saleId, userId, quantity, acceptedAtMs, decideByMs } = v1.PurchaseRequest.decode(request);
    return { saleId, userId, quantity, acceptedAt: acceptedAtMs, decideBy: decideByMs };
  },
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
