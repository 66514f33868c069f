import { randomInt } from 'node:crypto';
import type { Reply } from './reply-channel.js';

/** Correlation ids of one line. All lines together stay below 2^53. */
const IDS_PER_LINE = 2 ** 40;
const MOST_LINES = 2 ** 13 - 1;

/**
 * Who waits at one receiver. Each line has correlation ids that no other line has or ever had, so that a reply has one
 * owner, and a late one reaches nobody else.
 */
export class ReplyLines {
  readonly #lines = new Map<number, (reply: Reply) => boolean>();
  #last = 0;

  /** Lines now. */
  get size(): number {
    return this.#lines.size;
  }

  /**
   * Adds a line.
   * @returns where its correlation ids begin, which cannot be guessed, and what removes it
   */
  add(receive: (reply: Reply) => boolean): { firstCorrelationId: number; remove: () => void } {
    if (this.#last >= MOST_LINES) throw new Error(`a receiver serves ${MOST_LINES} clients at most, ever`);
    const line = ++this.#last;
    this.#lines.set(line, receive);
    return {
      firstCorrelationId: line * IDS_PER_LINE + randomInt(1, IDS_PER_LINE / 2),
      remove: () => void this.#lines.delete(line),
    };
  }

  /** Hands a reply to its line. @returns whether somebody waited for it */
  receive(reply: Reply): boolean {
    return this.#lines.get(Math.floor(reply.correlationId / IDS_PER_LINE))?.(reply) ?? false;
  }
}
