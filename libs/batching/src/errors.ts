/** Why an item certainly never left the buffer. */
export type NotSentReason = 'buffer full' | 'waited too long' | 'withdrawn' | 'refused' | 'closed';

/** An item never left the buffer: what it asks for certainly did not happen, and it may be tried again. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';

  constructor(readonly reason: NotSentReason) {
    super(`not sent: ${reason}`);
  }
}
