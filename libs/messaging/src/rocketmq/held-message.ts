import type { MessageView } from 'rocketmq-client-nodejs';

/** The broker calls that settle or renew a received message. */
export interface MessageCalls {
  ackChecked(message: MessageView): Promise<void>;
  changeInvisibleDuration(message: MessageView, ms: number): Promise<void>;
}

/** Attempts of an ack before the message is left to redelivery. */
const ACK_ATTEMPTS = 3;

/**
 * A message that this process holds: invisible to other consumers until it is acked, released, or not renewed in its
 * invisible time. A renewal replaces the receipt handle, so the calls for one message are made one after the other.
 */
export class HeldMessage {
  readonly #calls: MessageCalls;
  readonly #message: MessageView;
  readonly #invisibleMs: number;
  readonly #onSettled: () => void;
  #renewAt: number;
  #settled = false;
  #last: Promise<unknown> = Promise.resolve();

  /** @param receivedAt ms since the epoch, by the same clock as `now` of `renewIfDue` */
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

  /** User properties that the sender set. */
  get properties(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#message.properties);
  }

  /** The body does not match its checksum. */
  get corrupted(): boolean {
    return this.#message.corrupted;
  }

  /** How often the broker has delivered it, this delivery included. */
  get deliveries(): number {
    return this.#message.deliveryAttempt ?? 1;
  }

  /** Renews the invisible time when half of it is over. After a failure the message is left to redelivery. */
  renewIfDue(now: number): void {
    // A renewal further ahead than half the time means that the clock was set back: the time left is unknown.
    const isAhead = now < this.#renewAt && this.#renewAt - now <= this.#invisibleMs / 2;
    if (this.#settled || isAhead) return;
    this.#renewAt = now + this.#invisibleMs / 2;
    void this.#inTurn(async () => {
      if (!this.#settled) await this.#calls.changeInvisibleDuration(this.#message, this.#invisibleMs);
    });
  }

  /**
   * Settles the message for good.
   * @returns false if the broker did not accept the ack; the message will be redelivered
   */
  async ack(): Promise<boolean> {
    if (this.#settled) return false;
    const taken = await this.#inTurn(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#calls.ackChecked(this.#message);
        } catch (error) {
          if (attempt === ACK_ATTEMPTS) throw error;
        }
      }
    });
    this.#settle();
    return taken;
  }

  /** Makes it visible to other consumers after `ms`, or the broker's minimum, instead of the whole invisible time. */
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
