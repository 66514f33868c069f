import type { History, Operation } from '@tools/checker';
import { Latencies } from './latencies.js';

/** What a crowd did and how it was answered, in numbers. */
export interface Tally {
  /** HTTP requests that were sent. */
  readonly requests: number;
  /** Those of them that asked to buy, a repeated one counted again. */
  readonly purchases: number;
  /** From the first that was sent to the last that ended. */
  readonly ms: number;
  /** Requests to buy by their answer, as `409 sold_out`; `no answer` when none came. */
  readonly answers: ReadonlyMap<string, number>;
  /** Of each request to buy that was answered. */
  readonly answerLatency: Latencies;
  /** From a buyer's first request until the first answer with the outcome. */
  readonly outcomeLatency: Latencies;
}

/** Adds a history up. One buyer wants one purchase in each sale: what comes later is the same one repeated. */
export function tally({ operations }: History): Tally {
  const answers = new Map<string, number>();
  const answerLatency = new Latencies();
  const outcomeLatency = new Latencies();
  const firstAttempts = new Map<string, number>();
  const told = new Set<string>();
  let purchases = 0;
  for (const operation of operations) {
    const { invokedAt, completedAt, response } = operation;
    const buyer = `${operation.saleId} ${operation.userId}`;
    if (operation.kind === 'purchase') {
      purchases++;
      if (!firstAttempts.has(buyer)) firstAttempts.set(buyer, invokedAt);
      const words = answerOf(operation);
      answers.set(words, (answers.get(words) ?? 0) + 1);
      if (completedAt !== undefined && words !== noAnswer) answerLatency.record(completedAt - invokedAt);
    }
    const began = firstAttempts.get(buyer);
    if (completedAt === undefined || began === undefined || told.has(buyer)) continue;
    if (typeof response !== 'object' || response.decidedAt === undefined) continue;
    told.add(buyer);
    outcomeLatency.record(completedAt - began);
  }
  return {
    requests: operations.length,
    purchases,
    ms: spanOf(operations),
    answers,
    answerLatency,
    outcomeLatency,
  };
}

const noAnswer = 'no answer';

function answerOf({ response }: Operation): string {
  if (typeof response !== 'object') return noAnswer;
  const { status, decision, problem } = response;
  return [status, decision ?? problem].filter((part) => part !== undefined).join(' ');
}

function spanOf(operations: readonly Operation[]): number {
  let [first, last] = [Infinity, -Infinity];
  for (const { invokedAt, completedAt = invokedAt } of operations) {
    first = Math.min(first, invokedAt);
    last = Math.max(last, completedAt);
  }
  return operations.length === 0 ? 0 : last - first;
}
