import type { ClientBase } from 'pg';

/** Postgres is configured so that it may lose what it confirmed. The ledger refuses to work on it. */
export class DurabilityError extends Error {
  override readonly name = 'DurabilityError';
  /** An operator's mistake: reported in one line. */
  readonly code = 'NOT_DURABLE';
}

/** Postgres accepts no changes on this connection: it is a standby, or was read-only when the connection was opened. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';

  constructor() {
    super('Postgres is read-only on this connection: a standby, or default_transaction_read_only is on');
  }
}

/**
 * Prepares a new connection for the ledger.
 *
 * Plans are made once per prepared statement, possibly while the tables are still empty, and kept: hash and merge
 * joins and sequential scans look cheap on an empty table and read all of it for every batch later. Every
 * statement here looks up a few keys by index, so the other plans are switched off.
 *
 * @throws DurabilityError if the server does not flush a commit before it confirms it
 * @throws ReadOnlyError if it accepts no changes: after a failover the old name may lead to a standby for a while
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
  if (row?.fsync !== 'on') throw new DurabilityError(`fsync is ${row?.fsync}; set fsync = on in Postgres`);
  if (row.commit === 'off')
    throw new DurabilityError(
      'synchronous_commit is off; set synchronous_commit = on in Postgres (or for this role)',
    );
}

/** @throws ReadOnlyError unless it accepts changes */
export async function assertWritable(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ readOnly: boolean }>(
    `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS "readOnly"`,
  );
  if (rows[0]?.readOnly) throw new ReadOnlyError();
}
