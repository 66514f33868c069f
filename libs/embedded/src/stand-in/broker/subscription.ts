import type { Clock, Timer } from '@seckill/clock';
import type { Cursor, Taken } from './cursor.js';
import type { StoredMessage } from './store.js';
import type { TagFilter } from './tag-filter.js';

/** What one receive asks for. */
export interface ReceiveRequest {
  readonly filter: TagFilter;
  readonly most: number;
  readonly invisibleMs: number;
  /** How long it may wait for a message, ms. */
  readonly waitMs: number;
  readonly owner?: string;
  readonly attemptId?: string;
  /** The consumer is gone: nothing is given to it any more. */
  readonly signal?: AbortSignal;
}

/** A message on its way to a consumer. */
export interface Delivery extends Taken {
  readonly queue: number;
  readonly message: StoredMessage;
  readonly invisibleMs: number;
}

/** What a subscription needs from its broker. */
export interface SubscriptionOptions {
  readonly cursors: readonly Cursor[];
  readonly clock: Clock;
  /** Undefined when it is no longer kept. */
  read(queue: number, offset: number): StoredMessage | undefined;
  /** Looks at what is about to leave: takes out dead letters, for one. Returns what really leaves. */
  inspect(deliveries: Delivery[]): Delivery[];
}

interface Poll {
  readonly request: ReceiveRequest;
  settle(deliveries: Delivery[]): void;
}

/** One topic as one consumer group sees it: a cursor per queue, and the receives that wait. */
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

  /** Receives that wait now. */
  get waiting(): number {
    return this.#polls.size;
  }

  /** Messages at once if there are any, else the first that come within `waitMs`, else none. */
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

  /** Something may have become visible: gives it to those who wait, the longest waiting first. */
  wake(): void {
    for (const poll of this.#polls) {
      const found = this.#take(poll.request);
      if (found.length > 0) poll.settle(found);
    }
    this.#setAlarm();
  }

  /** Ends all waiting, with nothing. */
  close(): void {
    for (const poll of this.#polls) poll.settle([]);
    this.#alarm?.timer.clear();
  }

  #take(request: ReceiveRequest): Delivery[] {
    const found: Delivery[] = [];
    const first = this.#turn++;
    for (let i = 0; i < this.cursors.length && found.length < request.most; i++) {
      const queue = (first + i) % this.cursors.length;
      found.push(...this.#takeFrom(queue, request, request.most - found.length));
    }
    return found.length === 0 ? found : this.#options.inspect(found);
  }

  #takeFrom(queue: number, request: ReceiveRequest, most: number): Delivery[] {
    const messages = new Map<number, StoredMessage>();
    const { filter, invisibleMs, owner, attemptId } = request;
    const taken = this.cursors[queue]!.take({
      most,
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

  /** Wakes those who wait when something that is held becomes visible again. */
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
