import type { Clock, Timer } from '@seckill/clock';

/** A message of which nothing has been handled is held for so long for its turn to come, in ms; then others get it. */
export const PATIENCE_MS = 15_000;

/** How many requests wait for their turn in this process, all patterns together. */
export class WaitingRoom {
  waiting = 0;

  /** @param max of them; a pattern of which none waits may exceed it by one message */
  constructor(readonly max: number) {}
}

/** The message was not begun here; it is handed back, so that somebody else may. */
export class HandedBackError extends Error {}

interface Turn {
  begin(): void;
  giveUp(): void;
}

/**
 * Lets at most `concurrency` requests of one pattern be handled at once, in the order of their arrival. What waits for
 * its turn is bounded in number and in time, so that a slow pattern neither takes the place of others nor keeps from
 * other processes what they could handle now.
 */
export class PatternLimit {
  readonly #turns = new Set<Turn>();
  readonly #concurrency: number;
  readonly #room: WaitingRoom;
  readonly #clock: Clock;
  #running = 0;

  /** @throws RangeError when `concurrency` is no positive integer */
  constructor(concurrency: number, room: WaitingRoom, clock: Clock) {
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw new RangeError(`a concurrency must be a positive integer, not ${concurrency}`);
    this.#concurrency = concurrency;
    this.#room = room;
    this.#clock = clock;
  }

  /**
   * Takes a message in.
   * @param signal ends all waiting, as when the process stops
   * @throws HandedBackError when too many wait already, or nobody waits any more
   */
  admit(requests: number, signal: AbortSignal): Admission {
    const full = this.#turns.size > 0 && this.#room.waiting + requests > this.#room.max;
    if (full || signal.aborted) throw new HandedBackError();
    return new Admission((turn) => this.#queue(turn), this.#clock, signal);
  }

  /** @returns what takes a turn out of the queue, or ends it */
  #queue(turn: Turn): () => void {
    if (this.#running < this.#concurrency) {
      this.#running++;
      turn.begin();
      return () => this.#next();
    }
    this.#turns.add(turn);
    this.#room.waiting++;
    return () => {
      if (this.#turns.delete(turn)) this.#room.waiting--;
      else this.#next();
    };
  }

  /** One has ended: its place goes to whoever waits longest. */
  #next(): void {
    const [turn] = this.#turns;
    if (!turn) {
      this.#running--;
      return;
    }
    this.#turns.delete(turn);
    this.#room.waiting--;
    turn.begin();
  }
}

/** The requests of one message at a limit. Either none of them is begun, or it is held until all are done. */
export class Admission {
  readonly #queue: (turn: Turn) => () => void;
  readonly #waiting = new Set<Turn>();
  readonly #signal: AbortSignal;
  readonly #patience: Timer;
  readonly #giveUp = () => {
    for (const turn of this.#waiting) turn.giveUp();
  };

  constructor(queue: (turn: Turn) => () => void, clock: Clock, signal: AbortSignal) {
    this.#queue = queue;
    this.#signal = signal;
    this.#patience = clock.setTimeout(this.#giveUp, PATIENCE_MS);
    signal.addEventListener('abort', this.#giveUp);
  }

  /**
   * Runs `work` when its turn comes.
   * @throws HandedBackError when it does not come in time; whatever `work` throws
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let end = () => {};
    await new Promise<void>((resolve, reject) => {
      const turn: Turn = {
        begin: () => {
          this.#waiting.delete(turn);
          // From now on the message is held: giving it back would repeat what is done.
          this.#patience.clear();
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

  /** Forgets its timer; after all of its requests have ended. */
  close(): void {
    this.#patience.clear();
    this.#signal.removeEventListener('abort', this.#giveUp);
  }
}
