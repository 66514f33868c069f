import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerOutcome } from '@tools/checker';
import { HttpClient, type HttpResponse } from '@tools/load';
import { userToken } from '@tools/testbed';

const EVERY_MS = 100;
const TIMEOUT_MS = 30_000;
/** An answer within so many ms is what a buyer gets at a quiet time. */
const SOON_MS = 1_000;

/** A few buyers beside a flood, whose answers are looked at whole. */
export class Probe {
  /** Answers by what they were. */
  readonly answers: Record<string, number> = {};
  readonly #told = new Map<string, string>();
  readonly #url: string;
  readonly #client = new HttpClient(1_000);
  readonly #under = new Set<Promise<void>>();
  readonly #asking: Promise<void>;
  /** When those asked who were soon given their unit, by performance.now(). */
  readonly #served: number[] = [];
  #stopped = false;

  /** Begins. @param url where purchases of a sale are posted */
  constructor(url: string) {
    this.#url = url;
    this.#asking = this.#askOnAndOn();
  }

  /** How many got something else than a unit, a place to ask, or the time to come back. */
  get wronged(): number {
    const others = Object.entries(this.answers).filter(([word]) => !['201', '202', '503'].includes(word));
    return others.reduce((sum, [, count]) => sum + count, 0);
  }

  /** Answers that differ from what is stored: a unit that does not exist, or 503 for one that was sold. */
  contradicted(outcomes: readonly LedgerOutcome[]): string[] {
    const decisions = new Map(outcomes.map(({ userId, decision }) => [userId, decision]));
    return [...this.#told].flatMap(([userId, words]) => {
      const decision = decisions.get(userId);
      const isTrue = words === '201' ? decision === 'reserved' : words !== '503' || decision === undefined;
      return isTrue ? [] : [`${userId} was answered ${words} and is ${decision}`];
    });
  }

  /** @returns ms from `since` until a buyer asked who was soon given the unit; Infinity if none was within `boundMs` */
  async recovered(since: number, boundMs: number): Promise<number> {
    for (;;) {
      const first = this.#served.find((askedAt) => askedAt >= since);
      if (first !== undefined) return first - since;
      if (performance.now() - since > boundMs) return Infinity;
      await sleep(EVERY_MS);
    }
  }

  /** Ends, with the answers that are under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#asking;
    await Promise.all(this.#under);
    this.#client.close();
  }

  async #askOnAndOn(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const asked = this.#ask(`probe-${n}`).finally(() => this.#under.delete(asked));
      this.#under.add(asked);
      await sleep(EVERY_MS);
    }
  }

  async #ask(userId: string): Promise<void> {
    const askedAt = performance.now();
    const headers = { authorization: `Bearer ${userToken(userId)}` };
    const response = await this.#client
      .send({ method: 'POST', url: this.#url, headers, body: { quantity: 1 }, timeoutMs: TIMEOUT_MS })
      .catch(() => undefined);
    const words = wordsOf(response);
    this.answers[words] = (this.answers[words] ?? 0) + 1;
    this.#told.set(userId, words);
    if (words === '201' && performance.now() - askedAt < SOON_MS) this.#served.push(askedAt);
  }
}

function wordsOf(response: HttpResponse | undefined): string {
  if (!response) return 'no answer';
  const { status, headers } = response;
  return status === 503 && headers['retry-after'] === undefined ? '503 without Retry-After' : String(status);
}
