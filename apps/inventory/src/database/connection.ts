import type { ClientBase } from 'pg';

/** Postgres is set up so that it may forget what it confirmed. The ledger does not work on it. */
export class DurabilityError extends Error {
  override readonly name = 'DurabilityError';
  /** An operator's mistake: told in one line. */
  readonly code = 'NOT_DURABLE';
}

/** Postgres takes no changes on a connection: a standby, or one that was made while somebody had forbidden them. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';

  constructor() {
    super('Postgres is read-only on this connection: a standby, or default_transaction_read_only is on');
  }
}

/**
 * Makes a new connection fit for the ledger.
 *
 * Plans are made once per prepared statement, possibly while the tables are still empty, and kept: hash and merge
 * joins and sequential scans look cheap on an empty table and read all of it for every batch later. Every statement
 * here works by index from a handful of keys, so the other ways are switched off.
 *
 * @throws DurabilityError if the server does not flush a commit before it confirms it
 * @throws ReadOnlyError if it takes none: after a failover the old name may lead to a standby for a while
 */
export async function prepareConnection(client: ClientBase): Promise<void> {
  await assertDurable(client);
  await assertWritable(client);
  await client.query(`
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET jit = off`);
}

/** @throws DurabilityError unless a confirmed commit survives a loss of power */
export async function assertDurable(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ fsync: string; commit: string }>(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`,
  );
  const [row] = rows;
  if (row?.fsync !== 'on') throw new DurabilityError(`set fsync = on in Postgres, it is ${row?.fsync}`);
  if (row.commit === 'off')
    throw new DurabilityError('set synchronous_commit = on in Postgres (or for this role), it is off');
}

/** @throws ReadOnlyError unless it takes changes */
export async function assertWritable(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "readOnly"`,
  );
  if (rows[0]?.readOnly) throw new ReadOnlyError();
}
