import type { PurchaseQuery } from '@seckill/inventory-client';
import type { Purchase } from '@seckill/purchase';
import { isSaleId, isTime } from '../sale/check-terms.js';

/** Whether a text is a UUID in its usual form. */
export function isUuid(word: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(word);
}

/**
 * The fault of a purchase, in a few words that begin with the field; undefined if it is valid. The database would refuse
 * it too, but its batch would have to be decided again.
 */
export function faultOf(purchase: Purchase): string | undefined {
  const { acceptedAtMs, quantity } = purchase;
  if (quantity < 1) return 'quantity must be 1 to 1000';
  if (acceptedAtMs === 0 || !isTime(acceptedAtMs)) return 'accepted_at_ms must be a time';
  return faultOfQuestion(purchase);
}

/** The same for a question about a purchase, which may leave out the quantity and when it was accepted. */
export function faultOfQuestion(question: PurchaseQuery): string | undefined {
  const { requestId, saleId, userId, quantity, decideByMs } = question;
  if (!isUuid(requestId)) return 'request_id must be a UUID';
  if (!isSaleId(saleId)) return 'sale_id must be [a-z0-9-]{1,64}';
  if (!isUserId(userId)) return 'user_id must have 1 to 128 characters';
  if (!Number.isInteger(quantity) || quantity < 0 || quantity > 1_000) return 'quantity must be 1 to 1000';
  if (!isTime(decideByMs)) return 'decide_by_ms must be a time';
  return undefined;
}

function isUserId(word: string): boolean {
  if (word.length === 0 || word.length > 256 || word.includes('\0')) return false;
  return word.length <= 128 || Array.from(word).length <= 128;
}
