import type { EtcdConnection, WatchStream } from './etcd-connection.js';
import type { ChangeEvents } from './store.js';

/**
 * Watches the keys under a prefix. It is opened after a read, from the revision of that read on, so that no change is
 * missed in between. When it ends (etcd restarted, the revision was compacted, the connection was cut), it is not
 * resumed: `lost` is called once, and the next read opens another watch.
 */
export class EtcdWatch {
  readonly #connection: EtcdConnection;
  readonly #prefix: string;
  readonly #events: ChangeEvents;
  #stream: WatchStream | undefined;
  #closed = false;

  constructor(connection: EtcdConnection, prefix: string, events: ChangeEvents) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#events = events;
  }

  /**
   * Opens the watch unless it is open. One call at a time.
   * @param readAt revision of the store at which the list was read
   */
  async ensure(readAt: string): Promise<void> {
    if (this.#stream || this.#closed) return;
    const stream = await this.#connection.watch(this.#prefix, String(BigInt(readAt) + 1n));
    this.#stream = stream;
    const lost = () => {
      if (this.#stream === stream) this.lose();
    };
    stream.on('error', lost);
    stream.on('end', lost);
    stream.on('data', ({ canceled, events }) => {
      if (canceled) lost();
      else if (events.length > 0) this.#events.changed();
    });
    if (this.#closed) this.drop();
  }

  /** Ends the watch, if it is open, and calls `lost`. */
  lose(): void {
    if (!this.#stream) return;
    this.drop();
    this.#events.lost();
  }

  /** Ends the watch without calling `lost`; the next `ensure` opens another one. */
  drop(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
  }

  /** Ends it for good. */
  close(): void {
    this.#closed = true;
    this.drop();
  }
}
