import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { examplePurchase, type Purchase } from '@seckill/purchase';
import { Database } from '../../../apps/inventory/src/database/database.js';
import { DecisionStore } from '../../../apps/inventory/src/decision/decision-store.js';
import { RowLockStore } from '../baselines/row-lock.js';
import { serveOrders } from '../forked/serve-orders.js';
import type { LedgerOrder, LedgerSeen } from './order.js';

// Writes purchases into Postgres in one of three ways, as fast as it goes.

/** Batches in flight, as in inventory. */
const IN_FLIGHT = 2;
/** Transactions at once where each request has its own. */
const ROW_LOCK_CONNECTIONS = 32;

const INSERT = `
  INSERT INTO outcome (request_id, sale_id, user_id, quantity, decision, accepted_at, decide_by, decided_at)
  SELECT request_id, sale_id, user_id, 1, 'reserved', to_timestamp($4), to_timestamp($5), to_timestamp($4)
  FROM unnest($1::uuid[], $2::text[], $3::text[]) r(request_id, sale_id, user_id)`;

/** One way: a batch writes `size` requests. */
interface Way {
  readonly inFlight: number;
  readonly size: number;
  write(entries: Purchase[]): Promise<void>;
  close(): Promise<unknown>;
}

serveOrders<LedgerOrder>(async (order, progress): Promise<LedgerSeen> => {
  const way = wayOf(order);
  let written = 0;
  let n = 0;
  const state = { on: true };
  const fly = async () => {
    while (state.on) {
      const entries = Array.from({ length: way.size }, () =>
        examplePurchase({ saleId: order.saleIds[n++ % order.saleIds.length]! }),
      );
      await way.write(entries);
      written += entries.length;
    }
  };
  try {
    const batches = Promise.all(Array.from({ length: way.inFlight }, fly));
    // A batch that fails ends the round at once.
    await Promise.race([sleep(order.rampMs), batches]);
    const [before, began] = [written, performance.now()];
    progress.measuring();
    await Promise.race([sleep(order.measureMs), batches]);
    const [after, elapsedMs] = [written, performance.now() - began];
    progress.measured();
    state.on = false;
    await batches;
    return { requests: after - before, elapsedMs };
  } finally {
    state.on = false;
    await way.close();
  }
});

function wayOf({ way, size, url }: LedgerOrder): Way {
  switch (way) {
    case 'inventory': {
      const database = new Database({ url, decisionConnections: IN_FLIGHT });
      const store = new DecisionStore(database.decisions);
      const write = async (entries: Purchase[]) => {
        const { fresh } = await store.decide(entries);
        const reserved = fresh.filter(({ outcome }) => outcome.decision === 'reserved').length;
        if (reserved < entries.length) throw new Error(`${entries.length - reserved} were not reserved`);
      };
      return { inFlight: IN_FLIGHT, size, write, close: () => database.end() };
    }
    case 'plain insert': {
      const pool = new pg.Pool({ connectionString: url, max: IN_FLIGHT });
      const write = async (entries: Purchase[]) => {
        const now = Date.now() / 1_000;
        await pool.query({
          name: 'insert',
          text: INSERT,
          values: [
            entries.map(({ requestId }) => requestId),
            entries.map(({ saleId }) => saleId),
            entries.map(({ userId }) => userId),
            now,
            now + 60,
          ],
        });
      };
      return { inFlight: IN_FLIGHT, size, write, close: () => pool.end() };
    }
    case 'row locks': {
      const store = new RowLockStore(url, ROW_LOCK_CONNECTIONS);
      const write = async ([entry]: Purchase[]) => void (await store.decide(entry!));
      return { inFlight: ROW_LOCK_CONNECTIONS, size: 1, write, close: () => store.close() };
    }
  }
}
