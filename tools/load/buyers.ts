import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { History, ObservedResponse } from '@tools/checker';
import type { GatewayPaths } from '@seckill/gateway-client';
import { HistoryRecorder, type Exchange } from './history-recorder.js';
import { HttpClient } from './http-client.js';

type Buy = GatewayPaths['/v1/sales/{saleId}/purchases']['post'];
type PurchaseBody = Buy['requestBody']['content']['application/json'];

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
  /** The sale that each wants. */
  readonly saleId: string | ((userId: string, index: number) => string);
  /** One purchase for each entry; a user may come several times. */
  readonly userIds: readonly string[];
  /** Units of each purchase. @default 1 */
  readonly quantity?: number | ((userId: string, index: number) => number);
  /** The Idempotency-Key of each purchase, `none` for none. @default a new one for each */
  readonly key?: 'none' | ((userId: string, index: number) => string | undefined);
  /** The Prefer header, such as `wait=1` or `respond-async`. */
  readonly prefer?: string;
  /**
   * What to do after a 202: ask at its Location, repeat the purchase with its key (without one, ask), or go away.
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
  /** ms after which a buyer begins nothing new. @default 300_000 */
  readonly deadlineMs?: number;
  /** Once it is aborted, no request starts and no buyer comes; requests under way get their answers. */
  readonly signal?: AbortSignal;
  /** Called with each purchase's end, as soon as it is known. */
  readonly onBought?: (bought: Bought) => void;
}

/** How one purchase of a storm ended. */
export interface Bought extends Whose {
  readonly key: string | undefined;
  /** The last answer, by push or by poll. */
  readonly last: ObservedResponse | 'unknown';
}

/** A user in a sale. */
export interface Whose {
  readonly saleId: string;
  readonly userId: string;
}

/** When to begin nothing new, and how long to wait in between. */
interface Until {
  readonly deadline: number;
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
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
  /** Requests whose last answer is pending, by id. */
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

  /**
   * Lets every buyer act until each is settled or its deadline is over.
   * @returns in the order of `userIds`, without those who never came because it was aborted
   */
  storm(storm: Storm): Promise<Bought[]> {
    const act = async (userId: string, index: number) => {
      const bought = await this.#buy(storm, userId, index);
      storm.onBought?.(bought);
      return bought;
    };
    return this.#each(storm.userIds, act, storm.signal);
  }

  /**
   * Asks at the Location of every request that is still pending until it is decided: nothing may be pending for ever,
   * and a buyer who asks late makes sure of it.
   * @returns how many are pending all the same when the time is over
   */
  async settle({
    deadlineMs = 300_000,
    pauseMs = 200,
    signal,
  }: { deadlineMs?: number; pauseMs?: number; signal?: AbortSignal } = {}): Promise<number> {
    const until = { deadline: performance.now() + deadlineMs, pauseMs, signal };
    await this.#each([...this.#pending.values()], (pending) => this.#poll(pending, until), signal);
    return this.#pending.size;
  }

  /** Asks for all purchases of a user. */
  async list(whose: Whose): Promise<ObservedResponse | 'unknown'> {
    const path = `/v1/sales/${whose.saleId}/purchases`;
    const exchange = await this.#get({ ...whose, kind: 'list' }, path);
    return exchange.observed;
  }

  /**
   * Asks for all purchases of many users, each until there is an answer.
   * @returns the answer to each, in their order; unknown where there was none in time
   */
  listAll(
    whose: readonly Whose[],
    {
      deadlineMs = 300_000,
      pauseMs = 200,
      signal,
    }: { deadlineMs?: number; pauseMs?: number; signal?: AbortSignal } = {},
  ): Promise<(ObservedResponse | 'unknown')[]> {
    const until = { deadline: performance.now() + deadlineMs, pauseMs, signal };
    const ask = async (one: Whose) => {
      for (;;) {
        const told = await this.list(one);
        if ((told !== 'unknown' && told.status === 200) || isOver(until)) return told;
        await this.#pause(until);
      }
    };
    return this.#each(whose, ask, undefined);
  }

  /** What was seen so far. @param completeSales sales in which no other buyers bought anything */
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
    const { saleId: sales, quantity = 1, key: keys, whenPending = 'poll', pauseMs = 200, signal } = storm;
    const until = { deadline: performance.now() + (storm.deadlineMs ?? 300_000), pauseMs, signal };
    const saleId = typeof sales === 'string' ? sales : sales(userId, index);
    const key = keys === 'none' ? undefined : keys ? keys(userId, index) : randomUUID();
    const units = typeof quantity === 'function' ? quantity(userId, index) : quantity;
    for (;;) {
      const exchange = await this.#purchase({ saleId, userId }, units, key, storm.prefer);
      const last = exchange.observed;
      const asks = whenPending === 'poll' || (whenPending === 'repeat' && key === undefined);
      if (last !== 'unknown' && last.status === 202 && asks) {
        const pending = this.#pending.get(last.requestId ?? '');
        if (!pending) return { saleId, userId, key, last };
        return { saleId, userId, key, last: await this.#poll(pending, until) };
      }
      if (!worthRepeating(last, key, storm) || isOver(until)) return { saleId, userId, key, last };
      await this.#pause(until);
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
          body: { quantity } satisfies PurchaseBody,
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

  async #poll(pending: Pending, until: Until): Promise<ObservedResponse | 'unknown'> {
    const { saleId, userId, requestId } = pending;
    for (;;) {
      await this.#pause(until);
      const { observed } = await this.#get({ kind: 'read', saleId, userId, requestId }, pending.location);
      const decided = observed !== 'unknown' && observed.decidedAt !== undefined;
      if (decided) this.#pending.delete(requestId);
      if (decided || isOver(until)) return observed;
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

  /** Cut short when the buyers are stopped. */
  async #pause({ pauseMs, signal }: Until): Promise<void> {
    await sleep(pauseMs * (0.5 + this.#options.random()), undefined, { signal }).catch(() => undefined);
  }

  async #each<T, R>(
    items: readonly T[],
    act: (item: T, index: number) => Promise<R>,
    signal: AbortSignal | undefined,
  ): Promise<R[]> {
    const results: R[] = [];
    let next = 0;
    const worker = async () => {
      for (;;) {
        if (next >= items.length || signal?.aborted) return;
        const index = next++;
        results[index] = await act(items[index]!, index);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.connections, items.length) }, worker));
    // Without the holes of those who never came.
    return results.filter((result) => result !== undefined);
  }
}

function isOver({ deadline, signal }: Until): boolean {
  return signal?.aborted === true || performance.now() > deadline;
}

function worthRepeating(last: ObservedResponse | 'unknown', key: string | undefined, storm: Storm): boolean {
  const { repeatUnknown = true, repeatUnavailable = true, repeatEarly = false, whenPending } = storm;
  if (last === 'unknown' || last.status === 500) return repeatUnknown && key !== undefined;
  if (last.status === 202) return whenPending === 'repeat' && key !== undefined;
  if (last.status === 503 || last.status === 429) return repeatUnavailable;
  return repeatEarly && last.decision === 'not_started' && last.decidedAt === undefined;
}
