import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { RegistryClosedError } from './errors.js';
import { CHANNEL } from './postgres-statements.js';
import type { ChangeEvents } from './store.js';

/**
 * The connection that receives notifications of changes (LISTEN). The list is read over the same connection, so that a
 * connection that died silently is noticed by the next read, and no change is missed between reading and listening. It
 * is opened when it is needed; the caller decides on pauses between attempts.
 */
export class PostgresListener {
  readonly #config: ClientConfig;
  readonly #events: ChangeEvents;
  #client: Client | undefined;
  #closed = false;

  constructor(config: ClientConfig, events: ChangeEvents) {
    this.#config = config;
    this.#events = events;
  }

  /**
   * Listens unless it already does, then runs a statement that returns one row. One call at a time.
   * @param onSend called just before the statement is sent
   */
  async queryOne<Row extends QueryResultRow>(statement: string, onSend: () => void): Promise<Row> {
    const client = this.#client ?? (await this.#open());
    ref(client, true);
    try {
      onSend();
      const { rows } = await client.query<Row>(statement);
      return rows[0]!;
    } catch (error) {
      this.#discard(client);
      throw error;
    } finally {
      ref(client, false);
    }
  }

  /** Ends the connection; a statement in progress fails. */
  close(): void {
    this.#closed = true;
    if (this.#client) this.#discard(this.#client);
  }

  async #open(): Promise<Client> {
    const client = new Client(this.#config);
    client.on('error', () => this.#onBroken(client));
    client.on('end', () => this.#onBroken(client));
    client.on('notification', () => this.#events.changed());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.#discard(client);
      throw error;
    }
    if (this.#closed) {
      this.#discard(client);
      throw new RegistryClosedError();
    }
    this.#client = client;
    return client;
  }

  #onBroken(client: Client): void {
    if (this.#client !== client) return;
    this.#discard(client);
    if (!this.#closed) this.#events.lost();
  }

  /** Does not wait: a database that hangs would never confirm. */
  #discard(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    client.end().catch(() => {});
  }
}

/** Whether an open connection keeps the process alive. The method is missing from the types. */
function ref(client: Client, keepAlive: boolean): void {
  const connection = client as Client & { ref(): void; unref(): void };
  if (keepAlive) connection.ref();
  else connection.unref();
}
