/** What a buyer is told for whom there is no room. */
export const TOO_MANY = 'too many buyers are waiting here right now';

/** Counts the purchase requests that are being held, bounds them, and tells when the last one is gone. */
export class HeldRequests {
  #count = 0;
  #onIdle: (() => void)[] = [];

  /** @param capacity requests at most */
  constructor(private readonly capacity: number) {}

  get count(): number {
    return this.#count;
  }

  /** Whether there is no room for one more. */
  get full(): boolean {
    return this.#count >= this.capacity;
  }

  /** One more, to be followed by one `leave`. @returns false when there is no room; then nothing follows */
  enter(): boolean {
    if (this.full) return false;
    this.#count++;
    return true;
  }

  /** One less. */
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
