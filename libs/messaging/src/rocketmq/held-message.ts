import type { MessageView } from 'rocketmq-client-nodejs';

/** The calls about a message that was received. */
export interface MessageCalls {
  ackChecked(message: MessageView): Promise<void>;
  changeInvisibleDuration(message: MessageView, ms: number): Promise<void>;
}

/** Tries of an ack before it is left to redelivery. */
const ACK_TRIES = 3;

/**
 * A message that this process holds: invisible to others until it is acked, released, or forgotten for longer than
 * its invisible time. A renewal replaces the receipt handle, so the calls about one message are made one after the
 * other.
 */
export class HeldMessage {
  readonly #calls: MessageCalls;
  readonly #message: MessageView;
  readonly #invisibleMs: number;
  readonly #onSettled: () => void;
  #renewAt: number;
  #settled = false;
  #last: Promise<unknown> = Promise.resolve();

  /** @param receivedAt ms since the epoch, by the clock that `renewIfDue` is asked with */
  constructor(
    calls: MessageCalls,
    message: MessageView,
    receivedAt: number,
    invisibleMs: number,
    onSettled: () => void,
  ) {
    this.#calls = calls;
    this.#message = message;
    this.#invisibleMs = invisibleMs;
    this.#onSettled = onSettled;
    this.#renewAt = receivedAt + invisibleMs / 2;
  }

  get id(): string {
    return this.#message.messageId;
  }

  get topic(): string {
    return this.#message.topic;
  }

  get tag(): string | undefined {
    return this.#message.tag;
  }

  get body(): Buffer {
    return this.#message.body;
  }

  /** What the sender said about it. */
  get properties(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#message.properties);
  }

  /** The body does not match its checksum. */
  get corrupted(): boolean {
    return this.#message.corrupted;
  }

  /** How often the broker has delivered it, this time included. */
  get deliveries(): number {
    return this.#message.deliveryAttempt ?? 1;
  }

  /** Keeps it invisible for another while when half of the time is over. Failures are left to redelivery. */
  renewIfDue(now: number): void {
    // Further away than it was ever set: the clock was set back, and nobody knows how much time is left.
    const isAhead = now < this.#renewAt && this.#renewAt - now <= this.#invisibleMs / 2;
    if (this.#settled || isAhead) return;
    this.#renewAt = now + this.#invisibleMs / 2;
    void this.#inTurn(async () => {
      if (!this.#settled) await this.#calls.changeInvisibleDuration(this.#message, this.#invisibleMs);
    });
  }

  /**
   * Says that it is dealt with for good.
   * @returns false if the broker did not take it; it comes again then
   */
  async ack(): Promise<boolean> {
    if (this.#settled) return false;
    const taken = await this.#inTurn(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#calls.ackChecked(this.#message);
        } catch (error) {
          if (attempt === ACK_TRIES) throw error;
        }
      }
    });
    this.#settle();
    return taken;
  }

  /** Lets others have it after `ms` (the broker has a lower bound of its own) instead of the whole invisible time. */
  async release(ms: number): Promise<void> {
    if (this.#settled) return;
    this.#settle();
    await this.#inTurn(() => this.#calls.changeInvisibleDuration(this.#message, ms));
  }

  #settle(): void {
    this.#settled = true;
    this.#onSettled();
  }

  /** @returns whether the call succeeded */
  #inTurn(call: () => Promise<void>): Promise<boolean> {
    const turn = this.#last.then(call).then(
      () => true,
      () => false,
    );
    this.#last = turn;
    return turn;
  }
}
