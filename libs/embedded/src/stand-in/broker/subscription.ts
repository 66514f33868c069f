import type { Clock, Timer } from '@seckill/clock';
import type { Cursor, Taken } from './cursor.js';
import type { StoredMessage } from './store.js';
import type { TagFilter } from './tag-filter.js';

/** The options of one receive. */
export interface ReceiveRequest {
  readonly filter: TagFilter;
  readonly maxMessages: number;
  readonly invisibleMs: number;
  /** How long it may wait for a message, ms. */
  readonly waitMs: number;
  readonly owner?: string;
  readonly attemptId?: string;
  /** Aborted when the consumer is gone: nothing more is delivered to it. */
  readonly signal?: AbortSignal;
}

/** A delivery of a message. */
export interface Delivery extends Taken {
  readonly queue: number;
  readonly message: StoredMessage;
  readonly invisibleMs: number;
}

/** What a subscription needs from its broker. */
export interface SubscriptionOptions {
  readonly cursors: readonly Cursor[];
  readonly clock: Clock;
  /** Undefined when it is no longer stored. */
  read(queue: number, offset: number): StoredMessage | undefined;
  /** Filters deliveries before they are returned, such as dead letters. */
  inspect(deliveries: Delivery[]): Delivery[];
}

interface Poll {
  readonly request: ReceiveRequest;
  settle(deliveries: Delivery[]): void;
}

/** One consumer group's view of one topic: a cursor per queue, and the waiting receives. */
export class Subscription {
  readonly cursors: readonly Cursor[];
  readonly #options: SubscriptionOptions;
  readonly #polls = new Set<Poll>();
  #turn = 0;
  #alarm: { at: number; timer: Timer } | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.cursors = options.cursors;
  }

  /** Waiting receives. */
  get waiting(): number {
    return this.#polls.size;
  }

  /** Returns messages at once if there are any, otherwise the first within `waitMs`, or none. */
  receive(request: ReceiveRequest): Promise<Delivery[]> {
    const found = this.#take(request);
    if (found.length > 0 || request.waitMs <= 0 || request.signal?.aborted) return Promise.resolve(found);
    return new Promise((resolve) => {
      const settle = (deliveries: Delivery[]) => {
        timer.clear();
        request.signal?.removeEventListener('abort', giveUp);
        this.#polls.delete(poll);
        resolve(deliveries);
      };
      const giveUp = () => settle([]);
      const poll = { request, settle };
      const timer = this.#options.clock.setTimeout(giveUp, request.waitMs);
      request.signal?.addEventListener('abort', giveUp, { once: true });
      this.#polls.add(poll);
      this.#setAlarm();
    });
  }

  /** Messages may have become visible: delivers them to waiting receives, the longest waiting first. */
  wake(): void {
    for (const poll of this.#polls) {
      const found = this.#take(poll.request);
      if (found.length > 0) poll.settle(found);
    }
    this.#setAlarm();
  }

  /** Ends all waiting receives without messages. */
  close(): void {
    for (const poll of this.#polls) poll.settle([]);
    this.#alarm?.timer.clear();
  }

  #take(request: ReceiveRequest): Delivery[] {
    const found: Delivery[] = [];
    const first = this.#turn++;
    for (let i = 0; i < this.cursors.length && found.length < request.maxMessages; i++) {
      const queue = (first + i) % this.cursors.length;
      found.push(...this.#takeFrom(queue, request, request.maxMessages - found.length));
    }
    return found.length === 0 ? found : this.#options.inspect(found);
  }

  #takeFrom(queue: number, request: ReceiveRequest, maxMessages: number): Delivery[] {
    const messages = new Map<number, StoredMessage>();
    const { filter, invisibleMs, owner, attemptId } = request;
    const taken = this.cursors[queue]!.take({
      maxMessages,
      now: this.#options.clock.now(),
      invisibleMs,
      ...(owner !== undefined && { owner }),
      ...(attemptId !== undefined && { attemptId }),
      look: (offset) => {
        const message = this.#options.read(queue, offset);
        if (!message || !filter(message.tag)) return 'skip';
        messages.set(offset, message);
        return 'deliver';
      },
    });
    return taken.map((one) => ({ ...one, queue, invisibleMs, message: messages.get(one.offset)! }));
  }

  /** Sets a timer for waiting receives, for when the next held message becomes visible again. */
  #setAlarm(): void {
    const due = this.cursors.map((cursor) => cursor.nextDue()).filter((at) => at !== undefined);
    const at = this.#polls.size === 0 || due.length === 0 ? undefined : Math.min(...due);
    if (at === this.#alarm?.at) return;
    this.#alarm?.timer.clear();
    this.#alarm = undefined;
    if (at === undefined) return;
    const { clock } = this.#options;
    const ring = () => {
      this.#alarm = undefined;
      this.wake();
    };
    this.#alarm = { at, timer: clock.setTimeout(ring, Math.max(1, at - clock.now())) };
  }
}
