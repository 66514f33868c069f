import { createHash } from 'node:crypto';
import type { Outgoing } from '../broker/broker.js';
import { code, RefusedError } from '../broker/refused-error.js';
import { writeHandle } from '../broker/receipt-handle.js';
import type { Delivery } from '../broker/subscription.js';
import type { TopicType } from '../../rocketmq/topology.js';
import { definition, duration, milliseconds, timestamp } from './protocol.js';
import type { Message, MessageType as MessageTypeNumber } from './protocol-types.js';

const { MessageType } = definition;

/** The types of messages and of topics, by the protocol's number. */
export const messageTypes: ReadonlyMap<MessageTypeNumber, TopicType> = new Map([
  [MessageType.NORMAL, 'NORMAL'],
  [MessageType.FIFO, 'FIFO'],
  [MessageType.DELAY, 'DELAY'],
  [MessageType.TRANSACTION, 'TRANSACTION'],
]);

/**
 * What the broker must know of a message that comes in; the rest stays as it is.
 * @throws RefusedError for a message that lacks what it must have
 */
export function readOutgoing(message: Message): Outgoing {
  const properties = message.getSystemProperties();
  if (!properties) throw new RefusedError(code.messageCorrupted, 'a message needs system properties');
  if (properties.getMessageId() === '')
    throw new RefusedError(code.illegalMessageId, 'message id cannot be empty');
  refuseUnprintable(message);
  const type = messageTypes.get(properties.getMessageType());
  if (type === undefined || type === 'TRANSACTION')
    throw new RefusedError(code.unsupported, 'transactions and lite topics are not served by this stand-in');
  const deliverAt = properties.getDeliveryTimestamp();
  return {
    type,
    tag: properties.hasTag() ? properties.getTag() : undefined,
    messageGroup: properties.getMessageGroup() || undefined,
    deliverAt: type === 'DELAY' && deliverAt ? milliseconds(deliverAt) : undefined,
    bodyBytes: message.getBody_asU8().length,
    content: message.serializeBinary(),
  };
}

/** @throws RefusedError for control characters, or an empty key, where RocketMQ bears none */
function refuseUnprintable(message: Message): void {
  const properties = message.getSystemProperties()!;
  const hasControl = (text: string) => /\p{Cc}/u.test(text);
  if (hasControl(properties.getTag() ?? ''))
    throw new RefusedError(code.illegalMessageTag, 'tag cannot contain control character');
  if (properties.getKeysList().some((key) => key.trim() === '' || hasControl(key)))
    throw new RefusedError(code.illegalMessageKey, 'key cannot be blank nor contain control character');
  for (const [key, value] of message.getUserPropertiesMap().entries())
    if (hasControl(key) || hasControl(value))
      throw new RefusedError(
        code.illegalMessageProperty,
        `property ${JSON.stringify(key)} cannot contain control character`,
      );
}

/** A message as a consumer gets it. */
export function writeDelivery(topic: string, delivery: Delivery): Message {
  const { queue, offset, attempt, invisibleMs } = delivery;
  const message = definition.Message.deserializeBinary(delivery.message.content);
  message.getTopic()!.setName(topic);
  const checksum = createHash('md5').update(message.getBody_asU8()).digest('hex').toUpperCase();
  message
    .getSystemProperties()!
    // The client looks at it without asking whether it is there.
    .setBodyDigest(new definition.Digest().setType(definition.DigestType.MD5).setChecksum(checksum))
    .setQueueId(queue)
    .setQueueOffset(offset)
    .setDeliveryAttempt(attempt)
    .setReceiptHandle(writeHandle(delivery))
    .setInvisibleDuration(duration(invisibleMs))
    .setStoreTimestamp(timestamp(delivery.message.storedAt))
    .setStoreHost('127.0.0.1');
  return message;
}
