import type { EtcdConnection, WatchStream } from './etcd-connection.js';

/** What a watch tells. */
export interface WatchEvents {
  changed(): void;
  lost(): void;
}

/**
 * Hears of changes under a prefix. Opened after a reading, from its revision on, so that nothing is missed in between.
 * However it ends (etcd restarted, the revision compacted, the connection cut), it is not resumed: `lost` is told once,
 * and the next reading opens another one.
 */
export class EtcdWatch {
  readonly #connection: EtcdConnection;
  readonly #prefix: string;
  readonly #events: WatchEvents;
  #stream: WatchStream | undefined;
  #closed = false;

  constructor(connection: EtcdConnection, prefix: string, events: WatchEvents) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#events = events;
  }

  /**
   * Watches, unless it does already. One call at a time.
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

  /** Ends the watch, if there is one, and tells. */
  lose(): void {
    if (!this.#stream) return;
    this.drop();
    this.#events.lost();
  }

  /** Ends the watch without a word; the next `ensure` opens another one. */
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
