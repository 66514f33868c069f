import { BaseRpcContext } from '@nestjs/microservices';
import type { EnvelopeRequest } from '../envelope.js';
import type { HeldMessage } from '../rocketmq/held-message.js';

/** The parts of a context. */
export interface RocketMqContextFacts {
  message: Pick<HeldMessage, 'id' | 'topic' | 'tag' | 'deliveries'>;
  request: EnvelopeRequest;
  replyTo: string;
  signal: AbortSignal;
  now: () => number;
}

/** The context of the request that a handler handles: `@Ctx() context: RocketMqContext`. */
export class RocketMqContext extends BaseRpcContext<[RocketMqContextFacts]> {
  constructor(facts: RocketMqContextFacts) {
    super([facts]);
  }

  /** The broker's id of its message. A redelivery has the same id, a retry has not. */
  get messageId(): string {
    return this.args[0].message.id;
  }

  get topic(): string {
    return this.args[0].message.topic;
  }

  /** The pattern. */
  get tag(): string | undefined {
    return this.args[0].message.tag;
  }

  /** The entity that it belongs to, such as an order; empty when the sender set none. */
  get orderingKey(): string {
    return this.args[0].request.orderingKey;
  }

  /** The business identity: be idempotent by it. */
  get requestId(): string {
    return this.args[0].request.requestId;
  }

  /** How often its handler has failed before. */
  get failures(): number {
    return this.args[0].request.failures;
  }

  /** How often the broker has delivered the message, this delivery included. */
  get deliveries(): number {
    return this.args[0].message.deliveries;
  }

  /** When the sender accepted it, ms since the epoch, by the sender's clock. */
  get sentAt(): number {
    return this.args[0].request.sentAtMs;
  }

  /** ms until it expires, by this process's clock; Infinity when it does not expire. A hint, because clocks differ. */
  get remainingMs(): number {
    const { request, now } = this.args[0];
    return request.expiresAtMs === 0 ? Infinity : request.expiresAtMs - now();
  }

  /** Metadata that the sender set, keys in lower case. */
  get headers(): Readonly<Record<string, string>> {
    return this.args[0].request.headers;
  }

  /** The headers, under the name that Nest's own contexts have for metadata of a client's dispatch hook. */
  getMetadata(): Readonly<Record<string, string>> {
    return this.headers;
  }

  /** The pattern, under the name that Nest's own contexts have for it. */
  getPattern(): string {
    return this.tag ?? '';
  }

  /** Instance id of the process that waits for the answer; empty when none waits. */
  get replyTo(): string {
    return this.args[0].replyTo;
  }

  /** Aborted when the process shuts down and stops waiting for handlers. */
  get signal(): AbortSignal {
    return this.args[0].signal;
  }
}
