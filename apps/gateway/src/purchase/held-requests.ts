/** Detail of the 503 when no more buyers can be held. */
export const TOO_MANY = 'too many buyers are waiting; retry later';

/** Counts and bounds the purchase requests that are held, and resolves when none is left. */
export class HeldRequests {
  #count = 0;
  #onIdle: (() => void)[] = [];

  /** @param capacity most requests at once */
  constructor(private readonly capacity: number) {}

  get count(): number {
    return this.#count;
  }

  /** Whether there is no room for one more. */
  get full(): boolean {
    return this.#count >= this.capacity;
  }

  /** One more request; call `leave` once for it. @returns false when there is no room: do not call `leave` then */
  enter(): boolean {
    if (this.full) return false;
    this.#count++;
    return true;
  }

  /** One request less. */
  leave(): void {
    this.#count--;
    if (this.#count > 0) return;
    const onIdle = this.#onIdle;
    this.#onIdle = [];
    for (const tell of onIdle) tell();
  }

  /** Resolves when no request is held. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
