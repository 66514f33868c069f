import type { Clock, Timer } from '@seckill/clock';

/** A message waits this long for its turn, in ms; then it is handed back for other processes. */
const MAX_TURN_WAIT_MS = 15_000;

/** How many requests of all patterns may wait for their turn in this process. */
export class WaitingBudget {
  waiting = 0;

  /** @param max most waiting requests; a pattern without waiting requests may exceed it by one message */
  constructor(readonly max: number) {}
}

/** None of the message's requests was started here; it is handed back for other processes. */
export class HandedBackError extends Error {}

interface Turn {
  begin(): void;
  giveUp(): void;
}

/**
 * Limits how many requests of one pattern are handled at once, in the order of their arrival. Waiting requests are
 * bounded in number and in time, so that a slow pattern neither blocks other patterns nor withholds messages from other
 * processes that could handle them now.
 */
export class PatternLimit {
  readonly #turns = new Set<Turn>();
  readonly #concurrency: number;
  readonly #budget: WaitingBudget;
  readonly #clock: Clock;
  #running = 0;

  /** @throws RangeError when `concurrency` is not a positive integer */
  constructor(concurrency: number, budget: WaitingBudget, clock: Clock) {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`a concurrency must be a positive integer, not ${concurrency}`);
    this.#concurrency = concurrency;
    this.#budget = budget;
    this.#clock = clock;
  }

  /**
   * Admits a message.
   * @param signal ends all waiting, when the process stops
   * @throws HandedBackError when too many requests wait, or the process stops
   */
  admit(requests: number, signal: AbortSignal): Admission {
    const full = this.#turns.size > 0 && this.#budget.waiting + requests > this.#budget.max;
    if (full || signal.aborted) throw new HandedBackError();
    return new Admission((turn) => this.#queue(turn), this.#clock, signal);
  }

  /** @returns a function that removes the turn from the queue, or ends it */
  #queue(turn: Turn): () => void {
    if (this.#running < this.#concurrency) {
      this.#running++;
      turn.begin();
      return () => this.#next();
    }
    this.#turns.add(turn);
    this.#budget.waiting++;
    return () => {
      if (this.#turns.delete(turn)) this.#budget.waiting--;
      else this.#next();
    };
  }

  /** A request has ended: the longest waiting one takes its place. */
  #next(): void {
    const [turn] = this.#turns;
    if (!turn) {
      this.#running--;
      return;
    }
    this.#turns.delete(turn);
    this.#budget.waiting--;
    turn.begin();
  }
}

/**
 * The requests of one message at a limit. Either none of them is started, or the message is held until all are done.
 */
export class Admission {
  readonly #queue: (turn: Turn) => () => void;
  readonly #waiting = new Set<Turn>();
  readonly #signal: AbortSignal;
  readonly #timeout: Timer;
  readonly #giveUp = () => {
    for (const turn of this.#waiting) turn.giveUp();
  };

  constructor(queue: (turn: Turn) => () => void, clock: Clock, signal: AbortSignal) {
    this.#queue = queue;
    this.#signal = signal;
    this.#timeout = clock.setTimeout(this.#giveUp, MAX_TURN_WAIT_MS);
    signal.addEventListener('abort', this.#giveUp);
  }

  /**
   * Runs `work` when its turn comes.
   * @throws HandedBackError when it does not come in time; the error of `work`
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let end = () => {};
    await new Promise<void>((resolve, reject) => {
      const turn: Turn = {
        begin: () => {
          this.#waiting.delete(turn);
          // From now on the message is held: handing it back would repeat this request.
          this.#timeout.clear();
          resolve();
        },
        giveUp: () => {
          this.#waiting.delete(turn);
          end();
          reject(new HandedBackError());
        },
      };
      this.#waiting.add(turn);
      end = this.#queue(turn);
    });
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** Clears its timer. To be called when all of its requests have ended. */
  close(): void {
    this.#timeout.clear();
    this.#signal.removeEventListener('abort', this.#giveUp);
  }
}
