import { sleep, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';

/** A client of the broker's that can be started and ended. */
export interface Startable {
  startup(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The states of a connection, in the order in which they follow each other. */
export type ConnectionStatus = 'connecting' | 'connected' | 'closed';

/** What `KeepConnected` needs. */
export interface KeepConnectedOptions<Client extends Startable> {
  /** For the log: "producer of topic x". */
  name: string;
  /** What to look at when it cannot connect, besides the network: what must exist in RocketMQ, and how to make it. */
  hint?: string;
  /** Makes a fresh client for each try. */
  create: () => Client;
  /** A start that takes longer has hung, and is given up for a fresh one. @default 5000 */
  startWithinMs?: number;
  clock: Clock;
  log: Log;
  onStatus?: (status: ConnectionStatus) => void;
}

/** How the client names the statuses UNAUTHORIZED and FORBIDDEN of apache.rocketmq.v2. */
const ACCESS_REFUSED = /response-code=40[13]\d\d/;

/**
 * Starts a client and goes on until it runs: `startup()` of the client gives up after three tries, hangs about every
 * second time when it has several topics, and neither returns nor throws when its group does not exist. Starts a
 * fresh one when asked to.
 */
export class KeepConnected<Client extends Startable> {
  readonly #options: KeepConnectedOptions<Client>;
  readonly #over = new AbortController();
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

  /** The running client; undefined while there is none. */
  get current(): Client | undefined {
    return this.#current;
  }

  /** Starts in the background; a second call does nothing. */
  start(): void {
    this.#running ??= this.#connect();
  }

  /** Resolves when it runs for the first time, when it is closed, or after `ms`. */
  async connected(ms: number): Promise<void> {
    if (this.#status !== 'connecting') return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        timer.clear();
        this.#waiting.delete(goOn);
        resolve();
      };
      const timer = clock.setTimeout(goOn, ms);
      this.#waiting.add(goOn);
    });
  }

  /** Gives up a client that no longer works and starts a fresh one, unless that has been done already. */
  restart(broken: Client, reason: string): void {
    if (this.#current !== broken || this.#over.signal.aborted) return;
    this.#options.log.warn(`${this.#options.name}: starting afresh`, { reason });
    this.#current = undefined;
    this.#changeStatus('connecting');
    void broken.shutdown().catch(() => {});
    this.#running = this.#connect();
  }

  /** Ends the client and every further try. */
  async close(): Promise<void> {
    this.#over.abort();
    await this.#running;
    const last = this.#current;
    this.#current = undefined;
    this.#changeStatus('closed');
    await last?.shutdown();
  }

  async #connect(): Promise<void> {
    const { name, log, clock, hint } = this.#options;
    let failures = 0;
    while (!this.#over.signal.aborted) {
      const client = this.#options.create();
      const failure = await this.#tryToStart(client);
      if (failure === undefined) {
        this.#current = client;
        if (!this.#over.signal.aborted) this.#changeStatus('connected');
        if (failures > 0) log.log(`${name}: connected`);
        return;
      }
      void client.shutdown().catch(() => {});
      // One line when it begins and then one in about ten seconds: an outage may be long.
      if (failures++ % 10 === 0) {
        const advice = ACCESS_REFUSED.test(failure)
          ? 'RocketMQ refuses the access key, or has not granted it this right'
          : hint;
        log.warn(`${name}: cannot connect, trying on`, {
          reason: failure,
          ...(advice !== undefined && { hint: advice }),
        });
      }
      await sleep(clock, Math.min(1_000, 100 * failures), this.#over.signal);
    }
  }

  /** @returns why it did not start */
  async #tryToStart(client: Client): Promise<string | undefined> {
    const { clock, startWithinMs = 5_000 } = this.#options;
    const hung = Symbol('hung');
    const giveUp = new AbortController();
    const timeout = sleep(clock, startWithinMs, AbortSignal.any([giveUp.signal, this.#over.signal])).then(
      () => hung,
    );
    try {
      const first = await Promise.race([client.startup(), timeout]);
      return first === hung ? `no answer within ${startWithinMs} ms` : undefined;
    } catch (error) {
      return reasonOf(error);
    } finally {
      giveUp.abort();
    }
  }

  #changeStatus(status: ConnectionStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#options.onStatus?.(status);
    if (status !== 'connecting') for (const goOn of this.#waiting) goOn();
  }
}

/** What began it: the client wraps "wrong signature" into "no routes after 3 attempts". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
