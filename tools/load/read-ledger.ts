import pg from 'pg';
import type { Decision, Ledger, LedgerOutcome, LedgerSale } from '@tools/checker';
import { ms } from './columns.js';

/** Reads the sales and all of their outcomes, in one snapshot. */
export async function readLedger(url: string, saleIds: readonly string[]): Promise<Ledger> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const sales = await client.query<LedgerSale>(
      `SELECT sale_id AS "saleId", total, per_user_limit AS "perUserLimit", available, reserved, sold,
         ${ms('opens_at')} AS "opensAt", ${ms('closes_at')} AS "closesAt"
       FROM sale WHERE sale_id = ANY($1)`,
      [saleIds],
    );
    const outcomes = await client.query<OutcomeRow>(
      `SELECT request_id AS "requestId", sale_id AS "saleId", user_id AS "userId", quantity, decision,
         existing_request_id AS "existingRequestId", ${ms('accepted_at')} AS "acceptedAt",
         ${ms('decide_by')} AS "decideBy", ${ms('decided_at')} AS "decidedAt"
       FROM outcome WHERE sale_id = ANY($1)`,
      [saleIds],
    );
    await client.query('COMMIT');
    return { sales: sales.rows, outcomes: outcomes.rows.map(outcomeOf) };
  } finally {
    await client.end();
  }
}

interface OutcomeRow {
  requestId: string;
  saleId: string;
  userId: string;
  quantity: number;
  decision: Decision;
  decidedAt: number;
  existingRequestId: string | null;
  acceptedAt: number | null;
  decideBy: number;
}

function outcomeOf({ existingRequestId, acceptedAt, ...row }: OutcomeRow): LedgerOutcome {
  return {
    ...row,
    existingRequestId: existingRequestId ?? undefined,
    acceptedAt: acceptedAt ?? undefined,
  };
}
