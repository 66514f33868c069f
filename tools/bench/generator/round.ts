import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals } from './arrivals.js';
import { HttpConnection } from './http-connection.js';
import type { Plan, Seen } from './plan.js';
import { Recorder } from './recorder.js';

/** Connections that are opened at once: more overflow the queue of those that wait to be accepted. */
const OPEN_AT_ONCE = 100;
/** Connections lost in a row before a round is given up. */
const LOSSES_TOLERATED = 1_000;

/**
 * A server closes connections that were idle for longer; a client that knows uses none of those. Fastify's: 72 s, but
 * 10 s for the first request of a connection, and it says 408 then.
 */
const IDLE_MS = 5_000;

/** Before a connection that could not be opened is tried again. */
const RECONNECT_MS = 100;

/** Events of a running round. */
export interface RoundHooks {
  /** The ramp is over. */
  measuring(): void;
  /** The time that counts is over. */
  measured(): void;
  /** Resolves when held requests may go. */
  released: Promise<void>;
}

/** Runs one plan. Everything is on one thread: callbacks only, no promise per request. */
export class Round {
  readonly #plan: Plan;
  readonly #next: () => string | undefined;
  readonly #connections = new Set<HttpConnection>();
  /** Open loop: connections without a request under way. */
  readonly #free: HttpConnection[] = [];
  /** Open loop: connections that are being opened. */
  #opening = 0;
  /** Open loop: when the requests were due that wait for a connection. */
  readonly #overdue: number[] = [];
  #overdueFrom = 0;
  readonly #busy = new Set<HttpConnection>();
  #recorder = new Recorder(Infinity, Infinity);
  #sending = false;
  #isOver = false;
  #losses = 0;
  #exhausted: (() => void) | undefined;

  constructor(plan: Plan, next: () => string | undefined) {
    this.#plan = plan;
    this.#next = next;
  }

  /** @throws Error when no connection can be opened */
  async run(hooks: RoundHooks): Promise<Seen> {
    const { load, rampMs, measureMs } = this.#plan;
    try {
      // An open loop opens the others as they are needed: servers close connections on which nothing is asked.
      await this.#open(load.kind === 'open' ? 1 : load.connections);
      const began = performance.now();
      this.#recorder = new Recorder(began + rampMs, began + rampMs + measureMs);
      const exhausted = new Promise<void>((resolve) => (this.#exhausted = resolve));
      this.#sending = true;
      const ticking = load.kind === 'open' ? this.#arrive(new Arrivals(began, load.perSecond)) : undefined;
      if (load.kind !== 'open')
        for (const connection of this.#connections) this.#send(connection, performance.now());
      await Promise.race([sleep(rampMs), exhausted]);
      hooks.measuring();
      await Promise.race([sleep(Math.max(0, began + rampMs + measureMs - performance.now())), exhausted]);
      this.#recorder.endAt(performance.now());
      hooks.measured();
      if (load.kind === 'hold') await hooks.released;
      this.#sending = false;
      await ticking;
      await this.#drain();
      return this.#recorder.seen();
    } finally {
      this.#sending = false;
      this.#isOver = true;
      for (const connection of this.#connections) connection.close();
    }
  }

  async #open(count: number): Promise<void> {
    for (let left = count; left > 0; left -= OPEN_AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(left, OPEN_AT_ONCE) }, () => this.#connect()));
  }

  async #connect(): Promise<void> {
    const connection = await HttpConnection.open(this.#plan.port, {
      answered: (connection, status) => this.#answered(connection, status),
      lost: (connection) => this.#lost(connection),
    });
    connection.since = performance.now();
    this.#connections.add(connection);
    if (this.#isOver) connection.close();
    else if (this.#plan.load.kind === 'open') this.#give(connection);
    else if (this.#sending) this.#send(connection, performance.now());
  }

  #send(connection: HttpConnection, since: number): void {
    const request = this.#next();
    if (request === undefined) {
      this.#sending = false;
      this.#exhausted?.();
      return;
    }
    connection.since = since;
    this.#busy.add(connection);
    connection.send(request);
  }

  #answered(connection: HttpConnection, status: number): void {
    // An answer to no request: the server closes an idle connection.
    if (!this.#busy.delete(connection)) return this.#close(connection);
    const now = performance.now();
    this.#losses = 0;
    if (this.#plan.load.kind === 'open') {
      this.#recorder.answeredDue(status, connection.since, now);
      this.#give(connection);
      return;
    }
    this.#recorder.answered(status, connection.since, now);
    if (this.#sending && this.#plan.load.kind === 'closed') this.#send(connection, now);
  }

  #lost(connection: HttpConnection): void {
    this.#connections.delete(connection);
    const isOpenLoop = this.#plan.load.kind === 'open';
    if (this.#busy.delete(connection)) this.#recorder.lost(isOpenLoop ? connection.since : performance.now());
    if (isOpenLoop || !this.#sending || ++this.#losses > LOSSES_TOLERATED) return;
    const again = () => this.#sending && void this.#connect().catch(() => {});
    this.#connect().catch(() => setTimeout(again, RECONNECT_MS));
  }

  /** A connection is free: for what is overdue, or for what comes. */
  #give(connection: HttpConnection): void {
    const due = this.#overdue[this.#overdueFrom];
    if (due === undefined) {
      connection.since = performance.now();
      this.#free.push(connection);
      return;
    }
    if (++this.#overdueFrom === this.#overdue.length) {
      this.#overdue.length = 0;
      this.#overdueFrom = 0;
    }
    this.#send(connection, due);
  }

  /** The one that became free last, unless it is closed or about to be. */
  #takeFree(now: number): HttpConnection | undefined {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      if (free.isOpen && now - free.since < IDLE_MS) return free;
      this.#close(free);
    }
    return undefined;
  }

  #close(connection: HttpConnection): void {
    connection.close();
    this.#connections.delete(connection);
  }

  /** Opens a connection for each request that waits for one, as far as there may be more. */
  #openMore(): void {
    const waiting = this.#overdue.length - this.#overdueFrom;
    const room = this.#plan.load.connections - this.#connections.size - this.#opening;
    for (let n = Math.min(waiting - this.#opening, room, OPEN_AT_ONCE - this.#opening); n > 0; n--) {
      this.#opening++;
      this.#connect()
        .catch(() => sleep(RECONNECT_MS))
        .finally(() => this.#opening--);
    }
  }

  async #arrive(arrivals: Arrivals): Promise<void> {
    while (this.#sending) {
      const now = performance.now();
      for (let due = arrivals.takeDue(now); due !== undefined; due = arrivals.takeDue(now)) {
        const connection = this.#takeFree(now);
        if (connection) this.#send(connection, due);
        else this.#overdue.push(due);
      }
      this.#openMore();
      await sleep(1);
    }
  }

  async #drain(): Promise<void> {
    const until = performance.now() + this.#plan.drainMs;
    while (this.#busy.size > 0 && performance.now() < until) await sleep(10);
    if (this.#plan.load.kind !== 'open') return;
    const now = performance.now();
    for (const { since } of this.#busy) this.#recorder.neverAnswered(since, now);
    for (const due of this.#overdue.slice(this.#overdueFrom)) this.#recorder.neverAnswered(due, now);
  }
}
