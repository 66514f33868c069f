import type { deliveryV1 } from '@seckill/contracts';

/** The result of one request, for the waiter with this correlation id. */
export type Reply = deliveryV1.Result;

/** The result of delivering a reply. */
export type Delivery =
  /** A waiter got it. */
  | 'settled'
  /** The instance answered, but has no waiter for it (any more). */
  | 'not-held'
  /** No such instance, or it did not answer in time. The outcome of the request stays as it is. */
  | 'unreachable';

/** The waiting end: receives the replies for this instance. The clients of one process may share it. */
export interface ReplyReceiver {
  /** Id of this instance: new for every start of the process. It is in each envelope. */
  readonly instanceId: string;
  /**
   * Adds a subscriber. `receive` gets only the replies with correlation ids of this subscription, and returns whether
   * there was a waiter.
   * @throws Error when the receiver has closed
   */
  attach(receive: (reply: Reply) => boolean): ReplySubscription;
}

/** One client's share of a receiver. */
export interface ReplySubscription {
  /** Its first correlation id. The ids count up from here, and no other subscription has them. */
  readonly firstCorrelationId: number;
  /** Starts to receive replies, unless another subscription has done so. */
  listen(): Promise<void>;
  /** Receives no more replies. The last subscription to close closes the receiver for good, after calls in progress. */
  close(): Promise<void>;
}

/** The answering end: delivers replies to the instance that waits. */
export interface ReplySender {
  /** Delivers a reply within a short time. Never throws, and never delays replies to other instances. */
  send(instanceId: string, reply: Reply): Promise<Delivery>;
  /** Drops replies that have not left, and closes all channels. */
  close(): Promise<void>;
}
