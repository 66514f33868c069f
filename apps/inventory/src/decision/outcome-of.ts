import type { Outcome } from '@seckill/inventory-client';
import type { OutcomeColumns } from './statements.js';

/** An outcome from its row. @param decidedAt ms since the Unix epoch */
export function outcomeOf(row: OutcomeColumns, decidedAt: number): Outcome {
  return {
    requestId: row.request_id,
    saleId: row.sale_id,
    userId: row.user_id,
    quantity: row.quantity,
    decision: row.decision,
    decidedAt,
    ...(row.existing_request_id !== null && { existingRequestId: row.existing_request_id }),
  };
}
