import type {
  History,
  ListOperation,
  ObservedResponse,
  Operation,
  PurchaseOperation,
  ReadOperation,
} from '@tools/checker';
import { observed } from './history-of.js';
import type { HttpResponse } from './http-client.js';

type Recorded = 'operationId' | 'invokedAt' | 'completedAt' | 'response' | 'lostBy';

/** An operation that is about to be carried out. */
export type Invocation =
  Omit<PurchaseOperation, Recorded> | Omit<ReadOperation, Recorded> | Omit<ListOperation, Recorded>;

/** How an operation ended. */
export interface Exchange {
  readonly observed: ObservedResponse | 'unknown';
  /** Undefined when no answer was seen. */
  readonly response: HttpResponse | undefined;
}

interface Entry {
  readonly operation: Operation;
  completedAt?: number;
  response?: ObservedResponse | 'unknown';
  lostBy?: string;
}

/** Records what buyers did and how they were answered, for the checker. */
export class HistoryRecorder {
  readonly #entries: Entry[] = [];
  readonly #now: () => number;

  /** @param now ms of one monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Carries an operation out and records it. An exception of `carryOut` is recorded as an answer that was not seen,
   * and goes no further: for a buyer it is an event like any other.
   */
  async record(invocation: Invocation, carryOut: () => Promise<HttpResponse>): Promise<Exchange> {
    const operationId = String(this.#entries.length);
    const entry: Entry = { operation: { ...invocation, operationId, invokedAt: this.#now() } };
    this.#entries.push(entry);
    const response = await carryOut().catch((error: NodeJS.ErrnoException) => {
      entry.lostBy = error.code ?? error.message;
      return undefined;
    });
    entry.completedAt = this.#now();
    entry.response = response ? observed(response) : 'unknown';
    return { observed: entry.response, response };
  }

  /** How many operations were begun. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * Everything so far. What is still under way is in it, without an answer.
   * @param completeSales sales of which every purchase went through this recorder
   */
  history(completeSales: readonly string[] = []): History {
    const operations = this.#entries.map(({ operation, ...ended }): Operation => ({
      ...operation,
      ...ended,
    }));
    return { operations, completeSales };
  }
}
