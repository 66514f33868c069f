import type { deliveryV1 } from '@seckill/contracts';

/** The result of one request, for the waiter with this correlation id. */
export type Reply = deliveryV1.Result;

/** What became of a reply. */
export type Delivery =
  /** A waiter got it. */
  | 'settled'
  /** The instance is there, but nobody waits (any more). */
  | 'not-held'
  /** No such instance, or it did not answer in time. The result stays what it is. */
  | 'unreachable';

/** The waiting end: replies for this very instance come in here. The clients of one process may share it. */
export interface ReplyReceiver {
  /** Who this instance is: new for every start of the process. Envelopes carry it. */
  readonly instanceId: string;
  /**
   * Adds somebody who waits. `receive` gets the replies with correlation ids of its line, and those only, and says
   * whether a waiter was held.
   * @throws Error when the receiver has closed
   */
  attach(receive: (reply: Reply) => boolean): ReplyLine;
}

/** One client's part of a receiver. */
export interface ReplyLine {
  /** Where its correlation ids begin. They count up from here, and no other line has them. */
  readonly firstCorrelationId: number;
  /** Starts to accept replies, unless another line has done so. */
  listen(): Promise<void>;
  /** Takes no more replies. The last line to close ends the receiver for good, after what is being received now. */
  close(): Promise<void>;
}

/** The answering end: takes replies to whichever instance waits. */
export interface ReplySender {
  /** Takes a reply there within a short bound. Never throws and never makes another instance wait. */
  send(instanceId: string, reply: Reply): Promise<Delivery>;
  /** Gives up what has not left and closes all channels. */
  close(): Promise<void>;
}
