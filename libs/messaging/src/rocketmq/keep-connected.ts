import { sleep, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';

/** A RocketMQ client that can be started and shut down. */
export interface Startable {
  startup(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The states of a connection. `connected` goes back to `connecting` when the client is replaced; `closed` is final. */
export type ConnectionStatus = 'connecting' | 'connected' | 'closed';

/** Options of `KeepConnected`. */
export interface KeepConnectedOptions<Client extends Startable> {
  /** For the log: "producer of topic x". */
  name: string;
  /** Advice when it cannot connect: what must exist in RocketMQ, and how to create it. */
  hint?: string;
  /** Makes a new client for each attempt. */
  create: () => Client;
  /** A start that takes longer is considered hung, and is replaced by a new one. In ms. @default 5000 */
  startWithinMs?: number;
  clock: Clock;
  log: Log;
  onStatus?: (status: ConnectionStatus) => void;
}

/** The client's error messages for the statuses UNAUTHORIZED and FORBIDDEN of apache.rocketmq.v2. */
const ACCESS_REFUSED = /response-code=40[13]\d\d/;

/**
 * Keeps a client of the broker running for as long as the application lives. The connection is in one of these states:
 *
 * - connecting: there is no usable client. A new one is created and started, again and again with growing pauses, until
 *   one has started. `current` is undefined, so that callers fail fast.
 * - connected: `current` has started. It reconnects by itself; if it keeps failing, its user calls `restart`, which
 *   replaces it and goes back to connecting.
 * - closed, final: `close()` was called. A start in progress is given up.
 *
 * Each start is bounded, because `startup()` of rocketmq-client-nodejs gives up after three attempts, hangs about every
 * second time with several topics, and neither returns nor throws when the consumer group does not exist.
 */
export class KeepConnected<Client extends Startable> {
  readonly #options: KeepConnectedOptions<Client>;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<() => void>();
  #current: Client | undefined;
  #status: ConnectionStatus = 'connecting';
  #running: Promise<void> | undefined;

  constructor(options: KeepConnectedOptions<Client>) {
    this.#options = options;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** The running client; undefined unless connected. */
  get current(): Client | undefined {
    return this.#current;
  }

  /** Starts in the background; a second call does nothing. */
  start(): void {
    this.#running ??= this.#connect();
  }

  /** Resolves when it is connected, when it is closed, or after `ms`. */
  async connected(ms: number): Promise<void> {
    if (this.#status !== 'connecting') return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const finish = () => {
        timer.clear();
        this.#waiting.delete(finish);
        resolve();
      };
      const timer = clock.setTimeout(finish, ms);
      this.#waiting.add(finish);
    });
  }

  /** Replaces a client that no longer works, unless it has been replaced already. */
  restart(broken: Client, reason: string): void {
    if (this.#current !== broken || this.#closed.signal.aborted) return;
    this.#options.log.warn(`${this.#options.name}: replacing the client`, { reason });
    this.#current = undefined;
    this.#changeStatus('connecting');
    void broken.shutdown().catch(() => {});
    this.#running = this.#connect();
  }

  /** Shuts the client down, and stops connecting. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
    const last = this.#current;
    this.#current = undefined;
    this.#changeStatus('closed');
    await last?.shutdown();
  }

  async #connect(): Promise<void> {
    const { name, log, clock, hint } = this.#options;
    let failures = 0;
    while (!this.#closed.signal.aborted) {
      const client = this.#options.create();
      const failure = await this.#tryToStart(client);
      if (failure === undefined) {
        this.#current = client;
        if (!this.#closed.signal.aborted) this.#changeStatus('connected');
        if (failures > 0) log.log(`${name}: connected`);
        return;
      }
      void client.shutdown().catch(() => {});
      // One line at the first failure, then one every ten seconds or so: an outage may be long.
      if (failures++ % 10 === 0) {
        const advice = ACCESS_REFUSED.test(failure)
          ? 'RocketMQ refuses the access key, or has not granted it the permission'
          : hint;
        log.warn(`${name}: cannot connect, retrying`, {
          reason: failure,
          ...(advice !== undefined && { hint: advice }),
        });
      }
      await sleep(clock, Math.min(1_000, 100 * failures), this.#closed.signal);
    }
  }

  /** @returns why it did not start; undefined when it did */
  async #tryToStart(client: Client): Promise<string | undefined> {
    const { clock, startWithinMs = 5_000 } = this.#options;
    const hung = Symbol('hung');
    const ended = new AbortController();
    const timeout = sleep(clock, startWithinMs, AbortSignal.any([ended.signal, this.#closed.signal])).then(
      () => hung,
    );
    try {
      const first = await Promise.race([client.startup(), timeout]);
      return first === hung ? `start timed out after ${startWithinMs} ms` : undefined;
    } catch (error) {
      return reasonOf(error);
    } finally {
      ended.abort();
    }
  }

  #changeStatus(status: ConnectionStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#options.onStatus?.(status);
    if (status !== 'connecting') for (const finish of this.#waiting) finish();
  }
}

/** The root cause: the client wraps "wrong signature" into "no routes after 3 attempts". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
