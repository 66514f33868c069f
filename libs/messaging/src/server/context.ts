import { BaseRpcContext } from '@nestjs/microservices';
import type { EnvelopeRequest } from '../envelope.js';
import type { HeldMessage } from '../rocketmq/held-message.js';

/** What a context is made of. */
export interface RocketMqContextFacts {
  message: Pick<HeldMessage, 'id' | 'topic' | 'tag' | 'deliveries'>;
  request: EnvelopeRequest;
  replyTo: string;
  signal: AbortSignal;
  now: () => number;
}

/** What a handler may know of the request it handles: `@Ctx() context: RocketMqContext`. */
export class RocketMqContext extends BaseRpcContext<[RocketMqContextFacts]> {
  constructor(facts: RocketMqContextFacts) {
    super([facts]);
  }

  /** The broker's id of the message that carried it. A redelivery keeps it, a retry does not. */
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

  /** What it belongs to, such as an order; empty when the sender named nothing. */
  get orderingKey(): string {
    return this.args[0].request.orderingKey;
  }

  /** The business identity: be idempotent by it. */
  get requestId(): string {
    return this.args[0].request.requestId;
  }

  /** How often a handler has failed on it before. */
  get failures(): number {
    return this.args[0].request.failures;
  }

  /** How often the broker has delivered the message, this time included. */
  get deliveries(): number {
    return this.args[0].message.deliveries;
  }

  /** When the sender accepted it, ms since the epoch, by the sender's clock. */
  get sentAt(): number {
    return this.args[0].request.sentAtMs;
  }

  /** ms until it expires, by this process's clock; Infinity when it does not. A hint: clocks differ. */
  get remainingMs(): number {
    const { request, now } = this.args[0];
    return request.expiresAtMs === 0 ? Infinity : request.expiresAtMs - now();
  }

  /** Metadata that the sender set, keys in lower case. */
  get headers(): Readonly<Record<string, string>> {
    return this.args[0].request.headers;
  }

  /** The same, under the name that Nest's own contexts have for what a client's dispatch hook attached. */
  getMetadata(): Readonly<Record<string, string>> {
    return this.headers;
  }

  /** The pattern, under the name that Nest's own contexts have for it. */
  getPattern(): string {
    return this.tag ?? '';
  }

  /** Instance id of the process that waits for the answer; empty when nobody waits. */
  get replyTo(): string {
    return this.args[0].replyTo;
  }

  /** Aborted when the process is asked to stop and does not wait any longer. */
  get signal(): AbortSignal {
    return this.args[0].signal;
  }
}
