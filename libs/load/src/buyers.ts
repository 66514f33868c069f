import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { History, ObservedResponse } from '@seckill/checker';
import { HistoryRecorder, type Exchange } from './history-recorder.js';
import { HttpClient } from './http-client.js';

/** What a crowd of buyers needs to know. */
export interface BuyersOptions {
  /** Base URLs. Each request goes to any of them, a repeated one too. */
  readonly gateways: readonly string[];
  /**
   * Most connections to each gateway, and most buyers that act at once.
   * @default 64
   */
  readonly connections?: number;
  /** ms until an answer is given up; longer than a gateway holds a request. @default 15_000 */
  readonly requestTimeoutMs?: number;
  /** Makes a user's token. */
  readonly token: (userId: string) => string;
  /** Where everything is written down; several crowds may share one. @default one of their own */
  readonly recorder?: HistoryRecorder;
  /** Decides which gateway is asked, and how pauses vary. 0 ≤ value < 1. @default Math.random */
  readonly random?: () => number;
}

/** What the buyers of one storm want, and how stubborn they are. */
export interface Storm {
  readonly saleId: string;
  /** One purchase for each entry; a user may come several times. */
  readonly userIds: readonly string[];
  /** Units of each purchase. @default 1 */
  readonly quantity?: number | ((userId: string, index: number) => number);
  /** The Idempotency-Key of each purchase, `none` for none. @default a new one for each */
  readonly key?: 'none' | ((userId: string, index: number) => string | undefined);
  /** The Prefer header, such as `wait=1` or `respond-async`. */
  readonly prefer?: string;
  /**
   * What to do after a 202: ask at its Location, repeat the purchase with its key, or go away.
   * @default 'poll'
   */
  readonly whenPending?: 'poll' | 'repeat' | 'leave';
  /** Whether to repeat, with the same key, what got no answer. Without a key it is never repeated. @default true */
  readonly repeatUnknown?: boolean;
  /** Whether to repeat what was certainly not sent (503, 429). @default true */
  readonly repeatUnavailable?: boolean;
  /** Whether to repeat a click that a gateway refused as too early. @default false */
  readonly repeatEarly?: boolean;
  /** ms between two attempts or polls, varied by half. @default 200 */
  readonly pauseMs?: number;
  /** ms after which a buyer begins nothing new. @default 60_000 */
  readonly deadlineMs?: number;
}

/** How one purchase of a storm ended. */
export interface Bought {
  readonly userId: string;
  readonly key: string | undefined;
  /** The last answer, by push or by poll. */
  readonly last: ObservedResponse | 'unknown';
}

interface Whose {
  readonly saleId: string;
  readonly userId: string;
}

interface Pending extends Whose {
  readonly requestId: string;
  readonly location: string;
}

/** Buyers that storm gateways over HTTP. Everything they do and see goes into one history for the checker. */
export class Buyers {
  readonly #options: Required<BuyersOptions>;
  readonly #client: HttpClient;
  readonly #recorder: HistoryRecorder;
  /** Requests that were told pending and nothing else since, by id. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: BuyersOptions) {
    const defaults = {
      connections: 64,
      requestTimeoutMs: 15_000,
      random: Math.random,
      recorder: new HistoryRecorder(),
    };
    this.#options = { ...defaults, ...options };
    this.#recorder = this.#options.recorder;
    this.#client = new HttpClient(this.#options.connections);
  }

  /** Lets every buyer act until each is settled or its deadline is over. In the order of `userIds`. */
  storm(storm: Storm): Promise<Bought[]> {
    return this.#each(storm.userIds, (userId, index) => this.#buy(storm, userId, index));
  }

  /**
   * Asks at the Location of every request that is still pending until it is decided: nothing may be pending for ever,
   * and a buyer who asks late makes sure of it.
   * @returns how many are pending all the same when the time is over
   */
  async settle({ deadlineMs = 90_000, pauseMs = 200 } = {}): Promise<number> {
    const deadline = performance.now() + deadlineMs;
    await this.#each([...this.#pending.values()], (pending) => this.#poll(pending, deadline, pauseMs));
    return this.#pending.size;
  }

  /** Asks for all purchases of a user. */
  async list(whose: Whose): Promise<ObservedResponse | 'unknown'> {
    const path = `/v1/sales/${whose.saleId}/purchases`;
    const exchange = await this.#get({ ...whose, kind: 'list' }, path);
    return exchange.observed;
  }

  /** What was seen so far. @param completeSales sales in which nobody else has bought anything */
  history(completeSales: readonly string[] = []): History {
    return this.#recorder.history(completeSales);
  }

  /** How many requests were sent, polls included. */
  get operations(): number {
    return this.#recorder.size;
  }

  /** Closes all connections. */
  close(): void {
    this.#client.close();
  }

  async #buy(storm: Storm, userId: string, index: number): Promise<Bought> {
    const { saleId, quantity = 1, key: keys, whenPending = 'poll', pauseMs = 200 } = storm;
    const deadline = performance.now() + (storm.deadlineMs ?? 60_000);
    const key = keys === 'none' ? undefined : keys ? keys(userId, index) : randomUUID();
    const units = typeof quantity === 'function' ? quantity(userId, index) : quantity;
    for (;;) {
      const exchange = await this.#purchase({ saleId, userId }, units, key, storm.prefer);
      const last = exchange.observed;
      if (last !== 'unknown' && last.status === 202 && whenPending === 'poll') {
        const pending = this.#pending.get(last.requestId ?? '');
        if (!pending) return { userId, key, last };
        return { userId, key, last: await this.#poll(pending, deadline, pauseMs) };
      }
      if (!worthRepeating(last, key, storm) || performance.now() > deadline) return { userId, key, last };
      await this.#pause(pauseMs);
    }
  }

  async #purchase(
    { saleId, userId }: Whose,
    quantity: number,
    idempotencyKey: string | undefined,
    prefer: string | undefined,
  ): Promise<Exchange> {
    const gateway = this.#anyGateway();
    const headers: Record<string, string> = this.#authorization(userId);
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    if (prefer !== undefined) headers['prefer'] = prefer;
    const exchange = await this.#recorder.record(
      { kind: 'purchase', saleId, userId, gateway, quantity, idempotencyKey },
      () =>
        this.#client.send({
          method: 'POST',
          url: `${gateway}/v1/sales/${saleId}/purchases`,
          headers,
          body: { quantity },
          timeoutMs: this.#options.requestTimeoutMs,
        }),
    );
    this.#remember({ saleId, userId }, exchange);
    return exchange;
  }

  #remember(whose: Whose, { observed, response }: Exchange): void {
    if (observed === 'unknown' || observed.requestId === undefined) return;
    const location = response?.headers['location'];
    if (observed.status === 202 && typeof location === 'string') {
      this.#pending.set(observed.requestId, { ...whose, requestId: observed.requestId, location });
    }
    if (observed.decidedAt !== undefined) this.#pending.delete(observed.requestId);
  }

  async #poll(pending: Pending, deadline: number, pauseMs: number): Promise<ObservedResponse | 'unknown'> {
    const { saleId, userId, requestId } = pending;
    for (;;) {
      await this.#pause(pauseMs);
      const { observed } = await this.#get({ kind: 'read', saleId, userId, requestId }, pending.location);
      const decided = observed !== 'unknown' && observed.decidedAt !== undefined;
      if (decided) this.#pending.delete(requestId);
      if (decided || performance.now() > deadline) return observed;
    }
  }

  async #get(
    about: (Whose & { kind: 'list' }) | (Whose & { kind: 'read'; requestId: string }),
    path: string,
  ): Promise<Exchange> {
    const gateway = this.#anyGateway();
    return this.#recorder.record({ ...about, gateway }, () =>
      this.#client.send({
        method: 'GET',
        url: new URL(path, gateway).href,
        headers: this.#authorization(about.userId),
        timeoutMs: this.#options.requestTimeoutMs,
      }),
    );
  }

  #authorization(userId: string): Record<string, string> {
    return { authorization: `Bearer ${this.#options.token(userId)}` };
  }

  #anyGateway(): string {
    const { gateways, random } = this.#options;
    return gateways[Math.floor(random() * gateways.length)]!;
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms * (0.5 + this.#options.random()));
  }

  async #each<T, R>(items: readonly T[], act: (item: T, index: number) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    let next = 0;
    const worker = async () => {
      while (next < items.length) {
        const index = next++;
        results[index] = await act(items[index]!, index);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.connections, items.length) }, worker));
    return results;
  }
}

function worthRepeating(last: ObservedResponse | 'unknown', key: string | undefined, storm: Storm): boolean {
  const { repeatUnknown = true, repeatUnavailable = true, repeatEarly = false, whenPending } = storm;
  if (last === 'unknown' || last.status === 500) return repeatUnknown && key !== undefined;
  if (last.status === 202) return whenPending === 'repeat' && key !== undefined;
  if (last.status === 503 || last.status === 429) return repeatUnavailable;
  return repeatEarly && last.decision === 'not_started' && last.decidedAt === undefined;
}
