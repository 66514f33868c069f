import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { RegistryClosedError } from './errors.js';
import { CHANNEL } from './postgres-statements.js';

/** What a listener tells. */
export interface ListenerEvents {
  changed(): void;
  lost(): void;
}

/**
 * The connection that hears of changes. The list is read over it too: so a connection that died without a word is
 * noticed by the next reading, and nothing is missed between reading and listening. Opened when it is next needed; the
 * pauses between tries are the caller's.
 */
export class PostgresListener {
  readonly #config: ClientConfig;
  readonly #events: ListenerEvents;
  #client: Client | undefined;
  #closed = false;

  constructor(config: ClientConfig, events: ListenerEvents) {
    this.#config = config;
    this.#events = events;
  }

  /**
   * Listens, if it does not yet, then runs a statement that returns one row. One call at a time.
   * @param sent called when the statement sets out
   */
  async queryOne<Row extends QueryResultRow>(statement: string, sent: () => void): Promise<Row> {
    const client = this.#client ?? (await this.#open());
    ref(client, true);
    try {
      sent();
      const { rows } = await client.query<Row>(statement);
      return rows[0]!;
    } catch (error) {
      this.#discard(client);
      throw error;
    } finally {
      ref(client, false);
    }
  }

  /** Ends the connection; the statement under way fails. */
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

  /** Does not wait: a database that hangs would not confirm the goodbye. */
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
