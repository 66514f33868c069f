import pg from 'pg';
import { prepareConnection } from './connection.js';

/** How the ledger's database is reached. */
export interface DatabaseOptions {
  /** `postgres://…`, directly to Postgres, without a pooler in transaction mode: it relies on prepared statements and session settings. */
  url: string;
  /** Connections for decisions: as many transactions decide at the same time. @default 2 */
  decisionConnections?: number;
  /** Connections for reads and changes of sales. @default 4 */
  readConnections?: number;
  /** A statement waits at most this many ms for a lock. @default 2_000 */
  lockTimeoutMs?: number;
  /** A statement runs at most this many ms. @default 4_000 */
  statementTimeoutMs?: number;
  /** A connection lost within a transaction releases its locks after this many ms. @default 5_000 */
  idleInTransactionMs?: number;
  /** A connection whose server is silent for this many ms is closed. @default 6_000 */
  silenceMs?: number;
}

/** The pool awaits the returned promise, although its types do not say so. */
const onConnect: (client: pg.ClientBase) => unknown = prepareConnection;

/** Connections to the ledger's database. They recover by themselves when Postgres does. */
export class Database {
  /** For decisions alone, one per transaction in flight: slow reads never delay them. */
  readonly decisions: pg.Pool;
  /** For everything else but counts. */
  readonly reads: pg.Pool;
  /** For counts over all outcomes of a sale, which may take long: reads never wait for them. */
  readonly counts: pg.Pool;

  constructor(options: DatabaseOptions) {
    const common: pg.PoolConfig = {
      connectionString: options.url,
      keepAlive: true,
      // A router may drop an idle connection, and the sale may open just then.
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 3_000,
      lock_timeout: options.lockTimeoutMs ?? 2_000,
      statement_timeout: options.statementTimeoutMs ?? 4_000,
      idle_in_transaction_session_timeout: options.idleInTransactionMs ?? 5_000,
      query_timeout: options.silenceMs ?? 6_000,
      // Keeps a connection's prepared statements.
      idleTimeoutMillis: 0,
      // Statements that do not depend on each other travel together. Also, the connection to a silent server is then
      // destroyed instead of kept.
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
      // A count may wait for others.
      connectionTimeoutMillis: 15_000,
    });
  }

  /** Closes all connections once their statements have ended. */
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
