import pg from 'pg';
import { prepareConnection } from './connection.js';

/** How the ledger's database is reached. */
export interface DatabaseOptions {
  /** `postgres://…`, straight to Postgres: prepared statements and session settings are relied on. */
  url: string;
  /** Transactions that decide at the same time. @default 2 */
  decisionConnections?: number;
  /** Connections for reads and changes of sales. @default 4 */
  readConnections?: number;
  /** A statement waits at most so many ms for a lock. @default 2_000 */
  lockTimeoutMs?: number;
  /** A statement takes at most so many ms. @default 4_000 */
  statementTimeoutMs?: number;
  /** A connection lost in the middle of a transaction releases its locks after so many ms. @default 5_000 */
  idleInTransactionMs?: number;
  /** A connection whose server says nothing for so many ms is given up. @default 6_000 */
  silenceMs?: number;
}

/** The pool waits for what this returns, although its types do not say so. */
const onConnect: (client: pg.ClientBase) => unknown = prepareConnection;

/** Connections to the ledger's database. They come back by themselves when Postgres does. */
export class Database {
  /** For decisions alone, one per flight: slow reads never hold them up. */
  readonly decisions: pg.Pool;
  /** For everything else but counts. */
  readonly reads: pg.Pool;
  /** For counts over all outcomes of a sale, which may take long: reads never wait for them. */
  readonly counts: pg.Pool;

  constructor(options: DatabaseOptions) {
    const common: pg.PoolConfig = {
      connectionString: options.url,
      keepAlive: true,
      // Somebody on the way may forget a connection that says nothing, and the sale may open then.
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 3_000,
      lock_timeout: options.lockTimeoutMs ?? 2_000,
      statement_timeout: options.statementTimeoutMs ?? 4_000,
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 5_000,
      query_timeout: options.silenceMs ?? 6_000,
      // A connection's prepared statements are worth keeping.
      idleTimeoutMillis: 0,
      // Statements that do not need each other's answers travel together; also, a silent server's connection is
      // then destroyed instead of kept.
      pipeline: true,
      onConnect,
    };
    this.decisions = pool({
      ...common,
      application_name: 'inventory decisions',
      max: options.decisionConnections ?? 2,
    });
    this.reads = pool({ ...common, application_name: 'inventory reads', max: options.readConnections ?? 4 });
    this.counts = pool({
      ...common,
      application_name: 'inventory counts',
      max: 2,
      // One may wait for others.
      connectionTimeoutMillis: 15_000,
    });
  }

  /** Closes all connections once what they do has ended. */
  async end(): Promise<void> {
    await Promise.all([this.decisions.end(), this.reads.end(), this.counts.end()]);
  }
}

function pool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  // Without a listener, an idle connection that breaks would end the process. The pool replaces it on the next use.
  pool.on('error', () => {});
  return pool;
}
