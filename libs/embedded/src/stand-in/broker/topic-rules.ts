import type { TopicSpec } from '../../rocketmq/topology.js';
import type { BrokerLimits } from './limits.js';
import { code, RefusedError } from './refused-error.js';

/** The properties of a message that are checked. */
export interface Checked {
  readonly type: TopicSpec['type'];
  readonly tag: string | undefined;
  readonly deliverAt: number | undefined;
  readonly bodyBytes: number;
}

/** The topic for messages that a group could not handle. */
export function deadLetterTopic(group: string): string {
  return `%DLQ%${group}`;
}

/**
 * Checks whether a topic accepts a message (RocketMQ `SendMessageActivity.java`).
 * @throws RefusedError that says what is wrong with it
 */
export function checkTopic(topic: TopicSpec, message: Checked, limits: BrokerLimits, now: number): void {
  if (message.bodyBytes === 0) throw new RefusedError(code.messageBodyEmpty, 'message body cannot be empty');
  if (message.bodyBytes > limits.maxBodyBytes)
    throw new RefusedError(
      code.messageBodyTooLarge,
      `message body cannot exceed the max ${limits.maxBodyBytes}`,
    );
  if (message.type !== topic.type)
    throw new RefusedError(
      code.messageTypeConflict,
      `TopicMessageType validate failed, the expected type is ${topic.type}, but actual type is ${message.type}`,
    );
  if (message.deliverAt !== undefined && message.deliverAt - now > limits.maxDelayMs)
    throw new RefusedError(
      code.illegalDeliveryTime,
      `the max delay time of message is too large, max is ${limits.maxDelayMs}`,
    );
}
