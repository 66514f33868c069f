import type { TopicSpec } from '../../rocketmq/topology.js';
import type { BrokerLimits } from './limits.js';
import { code, RefusedError } from './refused-error.js';

/** What a rule looks at in a message. */
export interface Checked {
  readonly type: TopicSpec['type'];
  readonly tag: string | undefined;
  readonly deliverAt: number | undefined;
  readonly bodyBytes: number;
}

/** Where the messages end that a group could not deal with. */
export function deadLetterTopic(group: string): string {
  return `%DLQ%${group}`;
}

/**
 * Whether a topic takes a message (`SendMessageActivity.java`).
 * @throws RefusedError that says what is wrong with it
 */
export function checkTopic(topic: TopicSpec, message: Checked, limits: BrokerLimits, now: number): void {
  if (message.bodyBytes === 0) throw new RefusedError(code.messageBodyEmpty, 'message body cannot be empty');
  if (message.bodyBytes > limits.mostBodyBytes)
    throw new RefusedError(
      code.messageBodyTooLarge,
      `message body cannot exceed the max ${limits.mostBodyBytes}`,
    );
  if (message.type !== topic.type)
    throw new RefusedError(
      code.messageTypeConflict,
      `TopicMessageType validate failed, the expected type is ${topic.type}, but actual type is ${message.type}`,
    );
  if (message.deliverAt !== undefined && message.deliverAt - now > limits.mostDelayMs)
    throw new RefusedError(
      code.illegalDeliveryTime,
      `the max delay time of message is too large, max is ${limits.mostDelayMs}`,
    );
}
