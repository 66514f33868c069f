/** Why an item certainly never left the buffer. */
export type NotSentReason = 'buffer full' | 'waited too long' | 'withdrawn' | 'refused' | 'closed';

/** An item never left the buffer: it certainly had no effect, and may be sent again. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';

  constructor(readonly reason: NotSentReason) {
    super(`not sent: ${reason}`);
  }
}
